import { connectorContract } from "../contract/suite.ts";
import { xeroSubject } from "./contract-world.ts";

connectorContract(xeroSubject("Xero"));
