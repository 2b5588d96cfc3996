import { minorToDecimal } from "#lib/common/money.ts";
import type { SeenRecord } from "#lib/common/records.ts";
import { type Held, type HeldDocument, repeatsOf } from "../played.ts";

/** What a throwaway holds, from what a read of each record that stands there shows. */
export function heldOf(records: readonly { readonly id: string; readonly seen: SeenRecord }[], faults: number): Held {
  const documents: HeldDocument[] = [];
  const others: string[] = [];
  for (const { id, seen } of records) {
    if (seen.family === "document" && seen.kind !== "other") {
      const { kind, number, currency, grossMinor, status } = seen;
      // A draft that we left there is no document of the books: it counts as lost until it is marked as sent.
      if (status === "authorised") documents.push({ id, kind, number, currency, grossMinor });
      else if (status === "draft") documents.push({ id, kind, number: `draft ${number}`, currency, grossMinor });
    } else if (seen.family === "contact" || seen.family === "product") others.push(`${seen.family} ${seen.reference}`);
  }
  const totals = [...Map.groupBy(documents, ({ kind, currency }) => `${kind} ${currency}`).values()].flatMap((of) => {
    const [one] = of;
    if (!one) return [];
    const gross = of.reduce((sum, { grossMinor }) => sum + grossMinor, 0n);
    return [{ type: one.kind, currency: one.currency, count: of.length, gross: minorToDecimal(gross, one.currency) }];
  });
  return { documents, totals, repeats: repeatsOf(others), calls: [], faults };
}
