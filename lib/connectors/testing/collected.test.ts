import { connectorContract } from "../contract.ts";
import { collectedWorld } from "./collected.ts";

connectorContract("A throwaway collected connector", ["answer-lost", "server-error", "reordered", "element-missing"], async () =>
  collectedWorld(),
);
