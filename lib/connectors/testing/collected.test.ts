import { connectorContract } from "../contract/suite.ts";
import { collected, collectedWorld } from "./collected.ts";

connectorContract({
  name: "A throwaway collected connector",
  connector: collected,
  mishaps: [
    "answer-lost",
    "server-error",
    "slow-down",
    "token-expired",
    "reordered",
    "element-missing",
    "not-now",
    "late-answer",
  ],
  makeWorld: async () => collectedWorld(),
});
