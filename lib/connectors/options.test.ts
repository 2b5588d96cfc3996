import { describe, expect, it } from "vitest";
import { z } from "zod";
import { connectionOf } from "#lib/connections/connection-of.ts";
import { faultInOptions, optionFields, optionsOf } from "./options.ts";

const options = z.object({
  sales: z
    .string()
    .regex(/^\d{2}$/, "A journal is two digits.")
    .default("70")
    .meta({ title: "Sales journal" }),
  destiny: z.enum(["temporary", "final"]).meta({
    title: "Post as",
    description: "Final cannot be changed.",
    choices: { temporary: "Temporary, to be checked" },
  }),
});

describe("BB8 options of a connector", () => {
  it("are fields of a form, with their words and their choices", () => {
    expect(optionFields({ options })).toEqual([
      { name: "sales", label: "Sales journal", hint: null, choices: null },
      {
        name: "destiny",
        label: "Post as",
        hint: "Final cannot be changed.",
        choices: [
          { value: "temporary", label: "Temporary, to be checked" },
          { value: "final", label: "final" },
        ],
      },
    ]);
    expect(optionFields({})).toEqual([]);
  });

  it("take what was stored, and the connector's own value where that is missing or no longer one", () => {
    expect(optionsOf({ options }, {})).toEqual({ sales: "70" });
    expect(optionsOf({ options }, { sales: "x", destiny: "later", gone: "1" })).toEqual({ sales: "70" });
    expect(optionsOf({ options }, { sales: "71", destiny: "final" })).toEqual({ sales: "71", destiny: "final" });
    expect(optionsOf({}, { sales: "71" })).toEqual({});
  });

  it("name the field that is wrong", () => {
    expect(faultInOptions(options, { sales: "7", destiny: "final" })).toEqual({
      field: "sales",
      message: "A journal is two digits.",
    });
    expect(faultInOptions(options, { sales: "70", destiny: "final" })).toBeNull();
  });

  it("are on the connection, beside the address that is its own or the package's", () => {
    const row = { id: "c", tenantId: "t", baseCurrency: "EUR", apiUrl: null, options: { destiny: "final" } };
    expect(connectionOf({ options }, row, "https://api.example")).toEqual({
      id: "c",
      tenantId: "t",
      baseCurrency: "EUR",
      apiUrl: "https://api.example",
      options: { sales: "70", destiny: "final" },
    });
    expect(connectionOf({}, { ...row, apiUrl: "https://c1.example" }, "https://api.example")).toMatchObject({
      apiUrl: "https://c1.example",
      options: {},
    });
  });
});
