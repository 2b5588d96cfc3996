import fc from "fast-check";
import { expect, it } from "vitest";
import { SLUG, slugOf } from "./slug.ts";

it.each([
  ["Ashdown Wholesale", "ashdown-wholesale"],
  ["  Café Zoë & Sons (UK) Ltd. ", "cafe-zoe-sons-uk-ltd"],
  ["O'Hara’s Books", "oharas-books"],
  ["Müller GmbH", "muller-gmbh"],
  ["2nd Hand", "2nd-hand"],
  ["Яблоко", ""],
  ["-- --", ""],
])("the address made from “%s” is “%s”", (name, slug) => expect(slugOf(name)).toBe(slug));

it("is an address whatever the name, or nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (name) => {
      const slug = slugOf(name);
      expect(slug === "" || (SLUG.test(slug) && slug.length <= 60)).toBe(true);
    }),
  );
});
