import { expect, it } from "vitest";
import { fieldWords } from "./field-words.ts";

it.each([
  ["document", "document that it pays"],
  ["dueOn", "due date"],
  ["lines[0].nominalCode", "line 1, nominal code"],
  ["legs[11].amount", "leg 12, amount"],
  ["narration", "narration"],
  ["unitPrice", "unit price"],
])("the field %s is called %s", (field, words) => {
  expect(fieldWords(field)).toBe(words);
});
