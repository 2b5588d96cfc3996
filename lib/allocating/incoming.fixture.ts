import { randomUUID } from "node:crypto";
import pg from "pg";
import { type Database, openDatabase } from "#db/client.ts";
import { type ClientScope, jobScope } from "#lib/common/scope.ts";
import type { Connection, Exchange, PulledPage, PulledPayment, PullRequest } from "#lib/connectors/types.ts";
import { pullPayments } from "#lib/pulling/payments.ts";
import type { TestDatabase } from "#lib/testing/database.ts";

/** A client with a live connection, a mapped bank account and documents that the package holds: set-up for tests of Import. */
export class ImportWorld {
  readonly database: Database;
  readonly clientId = randomUUID();
  readonly connectionId = randomUUID();
  readonly contactId = randomUUID();
  readonly scope: ClientScope;
  readonly connection: Connection;
  readonly #admin: pg.Pool;
  /** What the package would answer from the start; `pull` reads it in pages from where the cursor stands. */
  readonly feed: PulledPayment[] = [];

  constructor(test: TestDatabase) {
    this.database = openDatabase(test.workerUrl);
    this.#admin = new pg.Pool({ connectionString: test.superUrl, max: 2 });
    this.scope = jobScope(this.clientId, { userId: null, label: "Staff" });
    this.connection = {
      id: this.connectionId,
      tenantId: randomUUID(),
      apiUrl: "http://localhost:1",
      baseCurrency: "GBP",
      options: {},
    };
  }

  async create(): Promise<this> {
    await this.sql("insert into clients (id, slug, name) values ($1, $2, 'Ashdown Wholesale')", [
      this.clientId,
      `c-${this.clientId}`,
    ]);
    await this.sql(
      `insert into connections (id, client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at)
       values ($1, $2, 'xero', 'live', $3, 'Ashdown Trading Ltd', 'Admin', now())`,
      [this.connectionId, this.clientId, this.connection.tenantId],
    );
    await this.sql(
      `insert into package_accounts (client_id, connection_id, external_id, code, name, type, class, active, is_bank, takes_payments, is_system, seen_at)
       select $1, $2, a, null, n, 'BANK', 'asset', true, true, true, false, now() from (values ('bank-1', 'Current Account'), ('bank-2', 'Savings')) v (a, n)`,
      [this.clientId, this.connectionId],
    );
    await this.sql(
      "insert into mapping_sets (id, client_id, level, purpose, package, name) values ($1, $1, 'client', 'posting', 'xero', 'Own')",
      [this.clientId],
    );
    await this.mapBank("bank-1", "1200");
    await this.sql(
      "insert into contacts (id, client_id, reference, name, is_customer, is_supplier, content_sha) values ($1, $2, 'C1', 'Peak Gifts Ltd', true, true, '')",
      [this.contactId, this.clientId],
    );
    return this;
  }

  async mapBank(account: string, nominal: string): Promise<void> {
    await this.sql(
      "insert into mapping_rows (set_id, client_id, kind, source_code, target_external_id, saved_by) values ($1, $1, 'bank', $2, $3, 'Staff')",
      [this.clientId, nominal, account],
    );
  }

  /** A document of ours that the package holds as `remote-NUMBER`; `linked: false` for one that was never sent. */
  async document(
    number: string,
    grossMinor: bigint,
    options: { kind?: string; currency?: string; linked?: boolean; status?: string } = {},
  ): Promise<string> {
    const id = randomUUID();
    await this.sql(
      `insert into documents (id, client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, status, content_sha)
       values ($1, $2, $3, $4, $4, $5, '2026-11-01', '2026-11-30', $6, $7, 0, $7, $8, '')`,
      [
        id,
        this.clientId,
        options.kind ?? "sales-invoice",
        number,
        this.contactId,
        options.currency ?? "GBP",
        grossMinor.toString(),
        options.status ?? "open",
      ],
    );
    if (options.linked ?? true) await this.link(number, id);
    return id;
  }

  async link(number: string, documentId: string): Promise<void> {
    await this.sql(
      "insert into external_refs (client_id, connection_id, family, external_id, record_id, linked_by) values ($1, $2, 'document', $3, $4, 'Upload')",
      [this.clientId, this.connectionId, `remote-${number}`, documentId],
    );
  }

  /** A payment in the package on the document of that number. */
  paid(number: string, amountMinor: bigint, over: Partial<PulledPayment> = {}): PulledPayment {
    const payment: PulledPayment = {
      externalId: randomUUID(),
      groupExternalId: null,
      kind: "receipt",
      status: "live",
      paidOn: "2026-11-20",
      reference: "BACS",
      amountMinor,
      currency: "GBP",
      bankAccountExternalId: "bank-1",
      bankAmount: null,
      contactExternalId: null,
      contactName: "Peak Gifts Ltd",
      documentExternalId: `remote-${number}`,
      documentNumber: number,
      documentKind: "sales-invoice",
      ...over,
    };
    this.feed.push(payment);
    return payment;
  }

  /** Reads the feed in pages; `overlap` payments before the cursor come again; `onPage` runs while a page is under way. */
  pull(options: { pageSize?: number; overlap?: number; onPage?: () => Promise<void> } = {}) {
    const { pageSize = 1000, overlap = 0, onPage = async () => {} } = options;
    const exchange: Exchange<PullRequest, PulledPage> = {
      ask: () => ({ operation: "feed", method: "GET", path: "/", query: {}, headers: {}, body: null }),
      read: (_message, _answer, { cursor }) => {
        const from = Math.max(0, Number(cursor ?? "0") - (cursor === null ? 0 : overlap));
        const start = overlap > 0 && cursor !== null ? from : Number(cursor ?? "0");
        const end = Math.min(this.feed.length, Math.max(start, Number(cursor ?? "0")) + pageSize);
        return { payments: this.feed.slice(start, end), documents: [], cursor: String(end), more: end < this.feed.length };
      },
    };
    return pullPayments({
      database: this.database,
      scope: this.scope,
      connection: this.connection,
      connector: { pull: exchange, streams: [{ id: "payments", gives: ["payments"], every: "night" }] },
      exchange: async (one, ask) => {
        await onPage();
        return one.read(one.ask(ask, this.connection), { status: 200, headers: {}, body: "" }, ask);
      },
    });
  }

  /** Rows of a query past row-level security, for set-up and checks. */
  async sql<Row extends pg.QueryResultRow = Record<string, string | null>>(
    text: string,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    return (await this.#admin.query<Row>(text, [...values])).rows;
  }

  /** The row of the grid that a package payment (or batch) stands in. */
  async row(
    externalId: string,
  ): Promise<{ id: string; status: string; code: string | null; detail: string | null; amount: string; payment: string | null }> {
    const [row] = await this.sql<{
      id: string;
      status: string;
      code: string | null;
      detail: string | null;
      amount: string;
      payment: string | null;
    }>(
      `select id, status, status_code as code, status_detail as detail, amount_minor as amount, payment_id as payment from incoming_payments
       where connection_id = $1 and external_id = $2`,
      [this.connectionId, externalId],
    );
    if (!row) throw new Error(`Import has no row ${externalId}`);
    return row;
  }

  async openMinor(documentId: string): Promise<bigint> {
    const [row] = await this.sql<{ open: string }>("select gross_minor - paid_minor as open from documents where id = $1", [
      documentId,
    ]);
    return BigInt(row?.open ?? "-1");
  }

  async count(
    table: "payments" | "allocations" | "external_refs" | "incoming_payments" | "incoming_payment_lines" | "runs" | "postings",
  ): Promise<number> {
    const [row] = await this.sql<{ n: string }>(`select count(*) as n from ${table} where client_id = $1`, [this.clientId]);
    return Number(row?.n);
  }

  async close(): Promise<void> {
    await this.database.close();
    await this.#admin.end();
  }
}
