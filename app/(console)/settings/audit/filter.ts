import { z } from "zod";
import type { AuditFilter } from "#db/queries/people/audit.ts";
import { isPlainDate } from "#lib/common/dates.ts";

const text = z.string().max(200).catch("");
const day = z.string().refine(isPlainDate).catch("");

/** What the audit screen and its CSV are asked for in the address; whatever cannot be used is left out. */
export const auditSearch = z.object({
  person: text,
  client: text,
  action: text,
  words: text,
  from: day,
  to: day,
  before: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional()
    .catch(undefined),
});

/** The filter as search parameters, without what is empty. */
export function auditAddress(filter: AuditFilter, before?: string): string {
  const { person, client, action, words, from, to } = filter;
  const given = Object.entries({ person, client, action, words, from, to, before: before ?? "" }).filter(
    ([, value]) => value !== "",
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/** "mapping.add-bank-nominal" as "Mapping: add bank nominal". */
export function actionWords(action: string): string {
  const [what = "", ...did] = action.split(".");
  const plain = (part: string) => part.replaceAll("-", " ");
  return `${what.charAt(0).toUpperCase()}${plain(what).slice(1)}${did.length === 0 ? "" : `: ${plain(did.join(" "))}`}`;
}

/** What a row's detail holds, in one line: `role staff; clients ashdown-wholesale, calder-exports`. */
export function detailWords(detail: Readonly<Record<string, unknown>>): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name} ${valueWords(value)}`)
    .join("; ");
}

function valueWords(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(valueWords).join(", ");
  if (typeof value === "object" && value !== null) return `(${detailWords({ ...value })})`;
  return String(value);
}
