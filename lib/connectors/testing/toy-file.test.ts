import { connectorContract } from "../contract/suite.ts";
import { fileWorld, toyFile } from "./toy-file.ts";

connectorContract({
  name: "A throwaway connector of files",
  connector: toyFile,
  // What else befalls a call cannot befall a person who carries a file.
  mishaps: ["answer-lost", "reordered", "element-missing", "not-now", "late-answer"],
  makeWorld: async () => fileWorld(),
});
