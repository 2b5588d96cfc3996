import { expect, it } from "vitest";
import { taxWord, taxWordFirst } from "./tax-word.ts";

it.each([
  ["en-GB", "VAT", "VAT"],
  ["en-IE", "VAT", "VAT"],
  ["nl-NL", "btw", "Btw"],
  ["en-US", "sales tax", "Sales tax"],
  ["en", "VAT", "VAT"],
])("the tax follows the client's country: %s says %s", (locale, word, first) => {
  expect([taxWord(locale), taxWordFirst(locale)]).toEqual([word, first]);
});
