import type { z } from "zod";
import { listPostings, type PostingGridRow, sumPostings } from "#db/queries/export/posting-grid.ts";
import { type IncomingRow, listIncoming, totalIncoming } from "#db/queries/payments/incoming-grid.ts";
import { cursorOf, filterSearch as incomingFilter, pageSearch as incomingPage } from "#lib/allocating/address.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { Panel } from "#lib/model/states.ts";
import { readCursor, writeCursor } from "#lib/pending/selection.ts";
import { filterSearch, pageSearch } from "#lib/posting/address.ts";
import type { ListReader, RawSearch } from "./source.ts";

function reading<Schema extends z.ZodType>(schema: Schema, search: RawSearch): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
  const read = schema.safeParse(given);
  if (!read.success) throw new Refusal("The filter contains something we cannot use.");
  return read.data;
}

/** A panel of the Export screen, read as the other lists are. */
export function panelList(panel: Panel): ListReader<PostingGridRow> {
  return {
    async page(db, scope, search) {
      const { after: cursor, ...ask } = reading(pageSearch, { ...search, panel });
      const after = cursor === null ? null : readCursor(cursor, ask.sort);
      if (cursor !== null && after === null) throw new Refusal("This page's address is not one of ours.");
      const { rows, next } = await listPostings(db, scope, { ...ask, after });
      return { rows, next: next && writeCursor(next) };
    },
    totals: (db, scope, search) => sumPostings(db, scope, reading(filterSearch, { ...search, panel })),
  };
}

/** The Import grid, read as the other lists are. */
export const incomingList: ListReader<IncomingRow> = {
  async page(db, scope, search) {
    const { filter, ...ask } = reading(incomingPage, search);
    const { rows, next } = await listIncoming(db, scope, filter, ask);
    return { rows, next: next && cursorOf(next) };
  },
  totals: (db, scope, search) => totalIncoming(db, scope, reading(incomingFilter, search)),
};
