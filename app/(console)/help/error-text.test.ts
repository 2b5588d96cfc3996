import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { listConnectors } from "#lib/connectors/registry.ts";
import { SYNC_ERRORS, type SyncErrorCode } from "#lib/errors/catalogue.ts";
import { NO_NAME, named } from "#lib/errors/named.ts";
import { CHECKLIST } from "#lib/help/checklist.ts";
import { ErrorText } from "./error-text.tsx";
import type { OpenHelp } from "./open-help.ts";

const client = { id: "-", slug: "ashdown", name: "Ashdown", locale: "en-GB", timeZone: "Europe/London", baseCurrency: "GBP" };
const HELPS: readonly OpenHelp[] = [
  ...listConnectors().map((connector) => ({ client, connector, packageName: connector.name, works: true })),
  { client: null, connector: null, packageName: NO_NAME, works: true },
];
/** What a reader reads, without marks. */
const textOf = (code: string, help: OpenHelp) =>
  renderToStaticMarkup(createElement(ErrorText, { code, help }))
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&#x27;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ");

describe("the page of an error", () => {
  it.each(Object.keys(SYNC_ERRORS) as SyncErrorCode[])("M75 %s has one for each package, and for no package", (code) => {
    for (const help of HELPS) {
      const text = textOf(code, help);
      for (const topic of ["What happened", "What it means for the books", "Who fixes it", "How", "Still stuck?"])
        expect(text).toContain(topic);
      expect(text).toContain(named(SYNC_ERRORS[code].why, help));
      for (const step of SYNC_ERRORS[code].steps) expect(text).toContain(named(step, help));
      if (help.connector !== null) expect(text).not.toMatch(/\b[Tt]he package\b/);
    }
  });

  it("M44 M75 an unknown code falls back to the checklist of M72, in its order", () => {
    for (const help of HELPS) {
      const text = textOf("nobody.knows-this", help);
      const at = Object.values(CHECKLIST).map(({ title }) => text.indexOf(title));
      expect(at.every((place) => place > 0)).toBe(true);
      expect(at).toEqual(at.toSorted((one, other) => one - other));
    }
  });

  it("FD13 links lead to the client's own screens, and to the choice of a client where none is open", () => {
    const [withClient, without] = [HELPS[0], HELPS.at(-1)];
    if (!withClient || !without) throw new Error("There is no package");
    const html = (help: OpenHelp) => renderToStaticMarkup(createElement(ErrorText, { code: "mapping.account-missing", help }));
    expect(html(withClient)).toContain('href="/clients/ashdown/mapping?tab=nominal"');
    expect(html(without)).toContain('href="/clients"');
    expect(html(without)).toContain("You choose the client first.");
  });

  it.each(Object.keys(SYNC_ERRORS) as SyncErrorCode[])(
    "FD11 %s leads a client's own person to none of the staff's pages",
    (code) => {
      for (const help of HELPS) {
        const html = renderToStaticMarkup(createElement(ErrorText, { code, help: { ...help, works: false } }));
        const paths = [...html.matchAll(/href="([^"?]*)/g)].map(([, href = ""]) => href);
        for (const path of paths)
          expect(path).toMatch(/^\/(help|clients\/ashdown\/(documents|payments|customers|suppliers)$|clients$)/);
      }
    },
  );
});
