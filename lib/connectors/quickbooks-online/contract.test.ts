import { connectorContract } from "../contract/suite.ts";
import { quickbooksSubject } from "./contract-world.ts";

connectorContract(quickbooksSubject);
