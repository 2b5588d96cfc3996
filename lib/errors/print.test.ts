import { expect, it } from "vitest";
import { printCatalogue } from "./print.ts";

it("docs/errors.md is the catalogue as it stands", async () => {
  await expect(printCatalogue()).toMatchFileSnapshot("../../docs/errors.md");
});
