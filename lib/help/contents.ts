import { listConnectors } from "#lib/connectors/registry.ts";
import type { Connector } from "#lib/connectors/types.ts";
import { ERROR_CLASSES, SYNC_ERRORS, type SyncErrorCode } from "#lib/errors/catalogue.ts";
import { ERROR_HELP, type ErrorHelp } from "#lib/errors/help.ts";
import { named } from "#lib/errors/named.ts";
import type { Chapter, Entry } from "./find.ts";
import { errorHelpHref, helpHref, isOwnScreen, SCREEN_IDS } from "./routes.ts";
import { SCREENS } from "./screens.ts";
import { CHECKLIST_TITLE, PACKAGES_TITLE } from "./titles.ts";

const CLASS_TITLES: Readonly<Record<(typeof ERROR_CLASSES)[number], string>> = {
  mapping: "Errors: mapping and links",
  source: "Errors: documents and records",
  package: "Errors: fix in the package",
  connection: "Errors: the connection",
  transient: "Waiting for the package",
  unknown: "Being checked",
  internal: "A fault of this console",
  rule: "Rules and settings that hold a record",
};

/** The connector of a package, where this version has one. */
export const connectorOf = (id: string | null): Connector | null => listConnectors().find((one) => one.id === id) ?? null;

/** What the package itself says when it means this error. */
export function sayingsOf(code: SyncErrorCode, connector: Connector | null): readonly string[] {
  return connector?.guide.says.filter((one) => one.code === code).map(({ words }) => words) ?? [];
}

/** The error's help; a code that the catalogue lacks has none, and is served by the checklist. */
export const errorHelp = (code: SyncErrorCode): ErrorHelp => ERROR_HELP[code];

/**
 * The list of all help for a package: the checklist and the packages first, then screens, then errors by class.
 * @param works false for a client's own person, who has few of the screens
 */
export function contents(connector: Connector | null, client: string | null, works = true): readonly Chapter[] {
  const wording = { packageName: connector?.name ?? "the package" };
  const entry = (href: string, title: string, line: string, more: readonly string[] = []): Entry => ({
    href,
    title,
    line,
    words: [title, line, ...more].join(" ").replaceAll("\u2019", "'").toLowerCase(),
  });
  const codes = Object.keys(SYNC_ERRORS) as SyncErrorCode[];
  return [
    {
      title: "Start here",
      entries: [
        entry(helpHref("/why", client), CHECKLIST_TITLE, "The checks for every record, in order."),
        entry(
          helpHref("/packages", client),
          PACKAGES_TITLE,
          "What is sent, changed and read, and what does not work, with the reason.",
          ["capability matrix bank feeds attachments drafts credit note allocations stock"],
        ),
      ],
    },
    {
      title: "Screens",
      entries: SCREEN_IDS.filter((id) => works || isOwnScreen(id)).map((id) => {
        const { title, what, parts, statuses } = SCREENS[id];
        const names = [...parts, ...statuses].map(({ name }) => name);
        return entry(helpHref(`/screens/${id}`, client), title, named(what, wording), names);
      }),
    },
    ...ERROR_CLASSES.map((of) => ({
      title: named(CLASS_TITLES[of], wording),
      entries: codes
        .filter((code) => code.startsWith(`${of}.`))
        .map((code) => {
          const { title, why, steps } = SYNC_ERRORS[code];
          return entry(errorHelpHref(code, connector?.id ?? null, client), named(title, wording), named(why, wording), [
            ...steps,
            code,
            ...sayingsOf(code, connector),
          ]);
        }),
    })),
  ];
}
