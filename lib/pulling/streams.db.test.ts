import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { advanceReading, findReading } from "#db/queries/connections/list-reads.ts";
import type { PackageStream, PulledPage } from "#lib/connectors/types.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { pullContacts, pullProducts } from "./contacts.ts";
import { pullDocuments } from "./documents.ts";
import { pullDuePayments } from "./due.ts";
import { pullPayments } from "./payments.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** One list of all that changed, as QuickBooks Online has it. */
const ALL: PackageStream = {
  id: "changes",
  gives: ["documents", "credit-notes", "payments", "contacts", "products"],
  every: "night",
};

/** A page of it with one of everything, all of this number. */
const page = (n: number, more: boolean): PulledPage => ({
  documents: [
    {
      externalId: `doc-${n}`,
      kind: "sales-invoice",
      number: `THEIRS-${n}`,
      company: "Peak Gifts Ltd",
      contactExternalId: `contact-${n}`,
      issuedOn: "2026-11-01",
      currency: "GBP",
      grossMinor: 1_200n,
      dueMinor: 0n,
      status: "paid",
      changedAt: null,
      version: null,
      creditedMinor: null,
    },
  ],
  payments: [
    {
      externalId: `payment-${n}`,
      groupExternalId: null,
      kind: "receipt",
      status: "live",
      paidOn: "2026-11-20",
      reference: "BACS",
      amountMinor: 1_200n,
      currency: "GBP",
      bankAccountExternalId: null,
      bankAmount: null,
      contactExternalId: `contact-${n}`,
      contactName: "Peak Gifts Ltd",
      documentExternalId: `doc-${n}`,
      documentNumber: `THEIRS-${n}`,
      documentKind: "sales-invoice",
    },
  ],
  contacts: [
    { externalId: `contact-${n}`, name: `Peak ${n}`, number: null, status: "active", mergedInto: null, changedAt: null },
  ],
  products: [{ externalId: `item-${n}`, code: `P${n}`, name: `Product ${n}` }],
  cursor: `after-${n}`,
  more,
});

/** A client's world, of a package with that one stream. */
async function together(client: SceneClient) {
  const asked: (string | null)[] = [];
  const world = client.worldFor(await client.lease());
  const options = {
    database: scene.database,
    scope: client.scope,
    connection: world.connection,
    connector: { ...world.connector, streams: [ALL] },
    exchange: async <Ask, Answer>(_exchange: unknown, ask: Ask): Promise<Answer> => {
      // Whatever is asked of this world is asked of its one stream.
      const { cursor } = ask as { cursor: string | null };
      asked.push(cursor);
      return page(cursor === null ? 1 : 2, cursor === null) as Answer;
    },
  };
  return { options, asked };
}

const countOf = (client: SceneClient) =>
  client.inScope(async (db) => {
    const { rows } = await db.execute<Record<string, number>>(sql`
      select (select count(*)::int from package_documents where connection_id = ${client.connectionId}) as documents,
        (select count(*)::int from incoming_payments where connection_id = ${client.connectionId}) as payments,
        (select count(*)::int from package_contacts where connection_id = ${client.connectionId}) as contacts,
        (select count(*)::int from package_products where connection_id = ${client.connectionId}) as products`);
    return rows[0];
  });
const each = (n: number) => ({ documents: n, payments: n, contacts: n, products: n });
const readingOf = (client: SceneClient) => client.inScope((db) => findReading(db, client.scope, client.connectionId, ALL));

describe("BB10 a stream gives what it gives, whoever asks for it", () => {
  it.each([
    ["documents", pullDocuments, 1],
    ["payments", pullPayments, 2],
    ["contacts", pullContacts, 2],
    ["products", pullProducts, 2],
  ] as const)("BB10 a read for %s keeps all that its pages hold, with the one cursor", async (_what, pull, pages) => {
    const client = await scene.client();
    const { options, asked } = await together(client);
    await pull(options);
    expect(await countOf(client)).toEqual(each(pages));
    expect(await readingOf(client)).toEqual({
      cursor: `after-${pages}`,
      asOf: pages === 2 ? expect.any(Date) : null,
    });
    expect(asked).toEqual([null, "after-1"].slice(0, pages));
    const { rows } = await client.inScope((db) =>
      db.execute(sql`select stream, gives from pull_cursors where connection_id = ${client.connectionId}`),
    );
    expect(rows).toEqual([{ stream: "changes", gives: [...ALL.gives] }]);
  });

  it("BB10 what is due is read once, though payments and documents both come by it", async () => {
    const client = await scene.client();
    const { options } = await together(client);
    const asked: (string | null)[] = [];
    const world = client.worldFor(await client.lease());
    const only = {
      ask: ({ cursor }: { readonly cursor: string | null }) => {
        asked.push(cursor);
        return { operation: "changes", method: "GET" as const, path: "/connections", query: {}, headers: {}, body: null };
      },
      read: (_message: unknown, _answer: unknown, { cursor }: { readonly cursor: string | null }) =>
        page(cursor === null ? 1 : 2, cursor === null),
    };
    const answered = { sent: true, answer: { status: 200, headers: {}, body: "" }, bytesOut: 0, bytesIn: 0 } as const;
    const connector = { ...world.connector, ...options.connector, pull: only, faultOf: () => null, send: async () => answered };
    await pullDuePayments({ ...world, connector });
    expect(asked).toEqual([null, "after-1"]);
    expect(await countOf(client)).toEqual(each(2));
    await pullDuePayments({ ...world, connector });
    expect(asked, "nothing of it is due again").toHaveLength(2);
  });

  it("BB10 a page whose rows cannot be kept moves no cursor", async () => {
    const client = await scene.client();
    const { options } = await together(client);
    const broken = page(1, false);
    const exchange = async <Answer>(): Promise<Answer> =>
      ({ ...broken, products: [{ externalId: "item-1", code: null, name: null }] }) as unknown as Answer;
    await expect(pullPayments({ ...options, exchange })).rejects.toThrow();
    expect(await countOf(client)).toEqual(each(0));
    expect(await readingOf(client)).toEqual({ cursor: null, asOf: null });
  });

  it("BB10 a cursor that is gone meanwhile is not put back by a page that was read from it", async () => {
    const client = await scene.client();
    const move = (from: string | null, to: string) =>
      client.inScope((db) => advanceReading(db, client.scope, client.connectionId, ALL, { from, to, asOf: null }));
    expect(await move(null, "a")).toBe(true);
    expect(await move(null, "b")).toBe(false);
    expect(await move("a", "b")).toBe(true);
    await client.inScope((db) => db.execute(sql`delete from pull_cursors where connection_id = ${client.connectionId}`));
    expect(await move("b", "c")).toBe(false);
    expect(await readingOf(client)).toEqual({ cursor: null, asOf: null });
  });

  it("BB8 cursors and marks of before the table stand in it: nothing is read from the start again", async () => {
    const [read, some, none] = [await scene.client(), await scene.client(), await scene.client()];
    const folder = join(import.meta.dirname, "..", "..", "db", "migrations");
    const [file = ""] = readdirSync(folder).filter((name) => name.endsWith("_pull_cursors.sql"));
    const statements = readFileSync(join(folder, file), "utf8").split("--> statement-breakpoint");
    const owner = new pg.Client({ connectionString: scene.ownerUrl });
    const all = (on: "on" | "off") => owner.query("select set_config('app.all_clients', $1, true)", [on]);
    await owner.connect();
    try {
      await owner.query("begin");
      // What stood there before: the owner is bound by the policies, as it is when it migrates.
      await all("on");
      await owner.query("drop table pull_cursors; delete from reading_marks");
      await owner.query(`alter table connections add column documents_cursor text, add column documents_as_of timestamptz,
        add column payments_cursor text, add column payments_as_of timestamptz, add column credit_notes_cursor text,
        add column credit_notes_as_of timestamptz, add column contacts_cursor text, add column contacts_as_of timestamptz,
        add column products_cursor text, add column products_as_of timestamptz`);
      await owner.query(`alter table reading_marks drop constraint reading_marks_connection_id_stream_pk, drop column stream, drop column as_of,
        add column documents_as_of timestamptz, add column payments_as_of timestamptz`);
      await owner.query("alter table reading_marks add constraint reading_marks_pkey primary key (connection_id)");
      await owner.query(
        `update connections set documents_cursor = 'd', documents_as_of = '2026-11-01Z', payments_cursor = 'p', payments_as_of = '2026-11-02Z',
          credit_notes_cursor = 'n', credit_notes_as_of = '2026-11-03Z', contacts_cursor = 'c', contacts_as_of = '2026-11-04Z',
          products_cursor = 'i', products_as_of = '2026-11-05Z' where id = $1`,
        [read.connectionId],
      );
      // Half way through its first read.
      await owner.query("update connections set documents_cursor = 'half' where id = $1", [some.connectionId]);
      await owner.query(
        `insert into reading_marks (connection_id, client_id, tenant_id, documents_as_of, payments_as_of)
         select id, client_id, tenant_id, '2026-10-01Z', case when id = $1 then '2026-10-02Z'::timestamptz end
         from connections where id = any ($2)`,
        [read.connectionId, [read.connectionId, some.connectionId]],
      );
      await all("off");
      for (const statement of statements) await owner.query(statement);
      await all("on");
      const ids = [read, some, none].map((client) => client.connectionId);
      const kept = await owner.query(
        `select connection_id, client_id, stream, gives, cursor, as_of from pull_cursors where connection_id = any ($1)
         order by connection_id = $2 desc, cursor`,
        [ids, read.connectionId],
      );
      const row = (client: SceneClient, stream: string, cursor: string, day: string | null) => ({
        connection_id: client.connectionId,
        client_id: client.clientId,
        stream,
        gives: [stream],
        cursor,
        as_of: day === null ? null : new Date(`${day}T00:00:00Z`),
      });
      expect(kept.rows).toEqual([
        row(read, "contacts", "c", "2026-11-04"),
        row(read, "documents", "d", "2026-11-01"),
        row(read, "products", "i", "2026-11-05"),
        row(read, "credit-notes", "n", "2026-11-03"),
        row(read, "payments", "p", "2026-11-02"),
        row(some, "documents", "half", null),
      ]);
      const marks = await owner.query(
        "select connection_id, stream, as_of from reading_marks where connection_id = any ($1) order by as_of, connection_id = $2",
        [ids, some.connectionId],
      );
      expect(marks.rows).toEqual([
        { connection_id: read.connectionId, stream: "documents", as_of: new Date("2026-10-01T00:00:00Z") },
        { connection_id: some.connectionId, stream: "documents", as_of: new Date("2026-10-01T00:00:00Z") },
        { connection_id: read.connectionId, stream: "payments", as_of: new Date("2026-10-02T00:00:00Z") },
      ]);
    } finally {
      await owner.query("rollback");
      await owner.end();
    }
  });
});
