import { expect, it } from "vitest";
import { readWords } from "#lib/lists/search.ts";
import { foldId, idsIn, sameId } from "./ids.ts";
import { xero } from "./xero/index.ts";

/** A package whose ids are numbers. */
const numbers = { idIn: (pasted: string) => /^\d+$|(?<=txnId=)\d+/.exec(pasted.trim())?.[0] ?? null };
/** One whose ids are addresses that name the kind. */
const addresses = {
  idIn: (pasted: string, kind: string) => (kind === "bill" ? `https://package.example/bills/${pasted}` : null),
};

it("BB8 ids are compared without their case only where a package says that it means nothing", () => {
  expect(sameId(xero, "AB-1", "ab-1")).toBe(true);
  expect(sameId({}, "DEB1000", "deb1000")).toBe(false);
  expect(foldId({}, "VRK/2026")).toBe("VRK/2026");
});

it("BB8 what may be an id is the connector's to say, of any kind of record", () => {
  const id = "0f6c1d1e-9a2b-4c3d-8e4f-5a6b7c8d9e0f";
  expect(idsIn(xero, `see ${id.toUpperCase()}`)).toEqual([id]);
  expect(idsIn(xero, "INV-1")).toEqual([]);
  expect(idsIn(addresses, "7")).toEqual(["https://package.example/bills/7"]);
});

it("BB8 words that may be an id of a package with short ones are looked for as a number of ours too", () => {
  expect(readWords("145", numbers)).toMatchObject({ externalIds: ["145"], begins: "145" });
  expect(readWords("https://package.example/invoice?txnId=145", numbers)).toMatchObject({ externalIds: ["145"], begins: "" });
  expect(readWords("145", xero)).toMatchObject({ externalIds: [], begins: "145" });
  expect(readWords("145", null)).toMatchObject({ externalIds: [], begins: "145" });
});
