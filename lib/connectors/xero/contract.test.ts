import { connectorContract } from "../contract.ts";
import { MISHAPS, simulatedXero } from "./contract-world.ts";

connectorContract("Xero", MISHAPS, simulatedXero);
