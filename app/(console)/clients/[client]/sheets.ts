import type { ScopedDb } from "#db/client.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { toWire, type Wire } from "#lib/common/wire.ts";
import { customersList, suppliersList } from "#lib/lists/contacts.ts";
import { correctionsList } from "#lib/lists/corrections.ts";
import { documentsList } from "#lib/lists/documents.ts";
import { chosenFields, type Field, isFigure, type Place, wordsOf } from "#lib/lists/field.ts";
import { type FileFormat, listFile } from "#lib/lists/file.ts";
import { journalsList } from "#lib/lists/journals.ts";
import { incomingList, panelList } from "#lib/lists/panels.ts";
import { paymentsList } from "#lib/lists/payments.ts";
import { productsList } from "#lib/lists/products.ts";
import { runsList } from "#lib/lists/runs.ts";
import type { ListReader, ListTotals, RawSearch } from "#lib/lists/source.ts";
import { contactFields } from "./contacts/fields.ts";
import { correctionFields } from "./corrections/fields.ts";
import { documentFields } from "./documents/fields.ts";
import { errorFields, exportedFields, pendingFields } from "./export/fields.ts";
import type { Wording } from "./export/words.ts";
import { incomingFields } from "./import/fields.ts";
import { journalFields } from "./journals/fields.ts";
import { paymentFields } from "./payments/fields.ts";
import { productFields } from "./products/fields.ts";
import { runFields } from "./runs/fields.ts";

/** What a list is read with: the client's rows alone, a transaction a page. */
interface SheetAsk {
  readonly scope: ClientScope;
  readonly inScope: <T>(work: (db: ScopedDb) => Promise<T>) => Promise<T>;
  /** Filter and order, as they stand in an address. */
  readonly search: RawSearch;
  /** The columns to show, in order; null for all. */
  readonly choice: readonly string[] | null;
  readonly wording: Wording;
}

interface PrintedTable {
  readonly columns: readonly { readonly id: string; readonly label: string; readonly figure: boolean }[];
  readonly rows: readonly { readonly id: string; readonly cells: readonly string[] }[];
}

/** A list that leaves the screen: as a file, or on paper. */
export interface Sheet {
  readonly title: string;
  totals(ask: SheetAsk): Promise<ListTotals>;
  file(format: FileFormat, ask: SheetAsk): AsyncGenerator<Uint8Array>;
  /** At most `most` rows. */
  printed(ask: SheetAsk, most: number): Promise<PrintedTable>;
}

const PAGE = "500";

function sheet<Row extends { readonly id: string }>(
  title: string,
  reader: ListReader<Row>,
  fieldsOf: (wording: Wording) => readonly Field<Wire<Row>>[],
): Sheet {
  async function* pages({ scope, inScope, search }: SheetAsk): AsyncGenerator<readonly Wire<Row>[]> {
    let after: string | undefined;
    do {
      const page = await inScope((db) => reader.page(db, scope, { ...search, limit: PAGE, after }));
      yield toWire(page.rows) as readonly Wire<Row>[];
      after = page.next ?? undefined;
    } while (after !== undefined);
  }
  const fieldsFor = ({ wording, choice }: SheetAsk) => chosenFields(fieldsOf(wording), choice);
  return {
    title,
    totals: ({ scope, inScope, search }) => inScope((db) => reader.totals(db, scope, search)),
    file: (format, ask) => listFile(format, { title, fields: fieldsFor(ask), pages: pages(ask), timeZone: ask.wording.timeZone }),
    async printed(ask, most) {
      const fields = fieldsFor(ask);
      const place: Place = ask.wording;
      const rows: { id: string; cells: string[] }[] = [];
      for await (const page of pages(ask)) {
        for (const row of page.slice(0, most - rows.length)) {
          rows.push({ id: row.id as string, cells: fields.map((field) => wordsOf(field, row, place)) });
        }
        if (rows.length >= most) break;
      }
      return { columns: fields.map((field) => ({ id: field.id, label: field.label, figure: isFigure(field) })), rows };
    },
  };
}

const SHEETS: ReadonlyMap<string, Sheet> = new Map([
  ["pending", sheet("Pending Export", panelList("pending"), pendingFields)],
  ["exported", sheet("Exported Successfully", panelList("exported"), exportedFields)],
  ["errors", sheet("Error Feedback", panelList("errors"), errorFields)],
  ["import", sheet("Payments read", incomingList, incomingFields)],
  ["customers", sheet("Customers", customersList, () => contactFields)],
  ["suppliers", sheet("Suppliers", suppliersList, () => contactFields)],
  ["products", sheet("Products", productsList, () => productFields)],
  ["documents", sheet("Documents", documentsList, () => documentFields)],
  ["payments", sheet("Payments", paymentsList, () => paymentFields)],
  ["journals", sheet("Journals", journalsList, () => journalFields)],
  ["runs", sheet("Runs", runsList, () => runFields)],
  ["corrections", sheet("Corrections", correctionsList, ({ packageName }) => correctionFields(packageName))],
]);

/** The list that an address names; undefined when there is none. */
export function findSheet(list: string | undefined): Sheet | undefined {
  return SHEETS.get(list ?? "");
}

/** What of an address chooses columns, and what is the list's own: filter and order. */
export function splitSearch(search: RawSearch): { readonly choice: readonly string[] | null; readonly own: RawSearch } {
  const { cols, format: _, ...own } = search;
  const choice = typeof cols === "string" && cols !== "" ? cols.split(",").slice(0, 40) : null;
  return { choice, own };
}
