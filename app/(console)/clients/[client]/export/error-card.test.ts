import { MantineProvider } from "@mantine/core";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it, vi } from "vitest";
import { SYNC_ERRORS, type SyncErrorCode } from "#lib/errors/catalogue.ts";
import { named } from "#lib/errors/named.ts";
import type { Wording } from "./words.ts";

// What a card's buttons call stands on the server's side.
vi.mock("server-only", () => ({}));
const { ErrorCard } = await import("./error-card.tsx");

const wording: Wording = { packageName: "Xero", base: "/clients/ashdown", locale: "en-GB", timeZone: "Europe/London" };
const SAID = "A validation exception occurred Account code or ID must be specified";

const card = (code: string, said: readonly string[] = [SAID]) =>
  renderToStaticMarkup(
    createElement(
      MantineProvider,
      null,
      createElement(ErrorCard, { code, detail: { said }, wording, now: "not in Xero", conflicts: [], site: null, why: null }),
    ),
  ).replaceAll("&#x27;", "'");

describe("the card of an error", () => {
  it.each(Object.keys(SYNC_ERRORS) as SyncErrorCode[])(
    "M44 %s: our explanation, the package's words unfolded and word for word, and the way to its own help",
    (code) => {
      const html = card(code);
      expect(html).toContain(named(SYNC_ERRORS[code].why, wording).replaceAll("&", "&amp;"));
      expect(html).toMatch(new RegExp(`<details[^>]* open=""[^>]*>.*<blockquote>${SAID}</blockquote>`));
      expect(html).toContain(`href="/help/errors/xero/${code}?client=ashdown"`);
    },
  );

  it("M75 a code that nobody knows leads to the checklist's page too", () => {
    expect(card("nobody.knows-this", [])).toContain('href="/help/errors/xero/nobody.knows-this?client=ashdown"');
  });
});
