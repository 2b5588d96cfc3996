import { connectorContract } from "../contract/suite.ts";
import { freeagentSubject } from "./contract-world.ts";

connectorContract(freeagentSubject);
