import { freeagent } from "#lib/connectors/freeagent/index.ts";
import { quickbooksOnline } from "#lib/connectors/quickbooks-online/index.ts";
import type { DirectConnector } from "#lib/connectors/types.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { withFigures } from "./limit-figures.ts";

export type SceneMapping = [
  kind: "nominal" | "tax" | "bank",
  sourceCode: string,
  target: string,
  side?: "" | "sales" | "purchase",
];

/** The package that a scene's clients are connected to. */
export interface ScenePackage {
  /** With limits that no test runs into. */
  readonly connector: DirectConnector;
  /** Where the simulator plays it: "" or "/name". */
  readonly under: string;
  /** The ordinary mapping of the scene's codes: accounts by their codes there, tax rates by their ids. */
  readonly mappings: readonly SceneMapping[];
}

export const XERO_SCENE: ScenePackage = {
  connector: {
    ...xero,
    limits: withFigures(xero.limits, { perMinute: 10_000, perDay: 1_000_000, appPerMinute: 1_000_000 }),
    // What the simulator says is left is of the real figure, which this one is not.
    dayLeftIn: () => null,
  },
  under: "",
  mappings: [
    ["nominal", "4000", "200"],
    ["nominal", "5000", "310"],
    ["tax", "STD", "OUTPUT2"],
    ["tax", "ZERO", "ZERORATEDOUTPUT"],
    ["tax", "PSTD", "INPUT2"],
    ["bank", "1200", "090"],
  ],
};

export const FREEAGENT_SCENE: ScenePackage = {
  connector: { ...freeagent, limits: { ...freeagent.limits, windows: [] } },
  under: "/freeagent",
  mappings: [
    ["nominal", "4000", "001"],
    ["nominal", "5000", "285"],
    ["tax", "STD", "taxable-20"],
    ["tax", "ZERO", "taxable-0"],
    ["tax", "PSTD", "taxable-20"],
    ["bank", "1200", "750-1"],
  ],
};

export const QUICKBOOKS_SCENE: ScenePackage = {
  connector: { ...quickbooksOnline, limits: { ...quickbooksOnline.limits, windows: [] } },
  under: "/quickbooks-online",
  mappings: [
    ["nominal", "4000", "200"],
    ["nominal", "5000", "310"],
    ["tax", "STD", "6"],
    ["tax", "ZERO", "8"],
    ["tax", "PSTD", "6"],
    ["bank", "1200", "090"],
  ],
};
