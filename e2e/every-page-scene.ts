import { randomUUID } from "node:crypto";
import type { Browser } from "@playwright/test";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import { connectAndRead, mapCodes, panelOf, rowsOf } from "./export-scene.ts";
import { expect } from "./fixtures.ts";
import { addInvoices, behindTheScreen, makeOwnClient, type OwnClient } from "./own-client.ts";
import type { Product } from "./product.ts";

/** What a parameter of an address is a row of, by name or with the folder before it; `$1` is the client. */
const FOUND: Readonly<Record<string, string>> = {
  "nominal-codes/code": "select id from nominal_codes where client_id = $1 and code = '4000'",
  "tax-codes/code": "select id from tax_codes where client_id = $1 limit 1",
  contact: "select id from contacts where client_id = $1 and is_customer and is_supplier limit 1",
  document:
    "select record_id as id from postings where client_id = $1 and kind = 'sales-invoice' and state = 'confirmed' limit 1",
  product: "select id from products where client_id = $1 limit 1",
  group: "select id from product_groups where client_id = $1 limit 1",
  payment: "select id from payments where client_id = $1 order by origin limit 1",
  journal: "select id from journals where client_id = $1 limit 1",
  night: "select night_on::text as id from runs where client_id = $1 and night_on is not null limit 1",
  correction: "select id from reissues where client_id = $1 limit 1",
  run: "select id from runs where client_id = $1 and kind = 'upload' limit 1",
  user: "select u.id from users u join user_clients c on c.user_id = u.id where c.client_id = $1 order by u.email limit 1",
};

/** A client on a working day: rows in all three panels, a payment read, every kind of record. */
export async function makeWorkingDay(
  product: Product,
  browser: Browser,
): Promise<{ own: OwnClient; values: Readonly<Record<string, string>> }> {
  const own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000", "4000", "4000", "4010", "4000", "4000"]);
  await behindTheScreen(product, async (db) => {
    await db.query("update contacts set is_supplier = true, email = 'accounts@peak.example' where client_id = $1", [
      own.clientId,
    ]);
    await db.query(
      "insert into product_groups (client_id, code, name, sales_nominal_code, purchase_nominal_code, tax_code) values ($1, 'GIFTS', 'Gifts', '4000', '5000', 'T1')",
      [own.clientId],
    );
    await db.query(
      `insert into products (client_id, reference, name, description, group_id, content_sha)
       select $1, 'MUG', 'Blue mug', 'Stoneware, 30 cl', id, '-' from product_groups where client_id = $1`,
      [own.clientId],
    );
    const journal = randomUUID();
    await db.query(
      `insert into journals (id, client_id, reference, narration, journal_on, currency, debit_minor, content_sha, created_by)
       values ($1, $2, 'JNL-1', 'Carriage moved to its own code', '2026-11-18', 'GBP', 4200, '-', 'Upload')`,
      [journal, own.clientId],
    );
    await db.query(
      `insert into journal_lines (client_id, journal_id, revision, position, description, nominal_code, amount_minor)
       values ($1, $2, 1, 1, 'Carriage', '4020', 4200), ($1, $2, 1, 2, 'Carriage', '4000', -4200)`,
      [own.clientId, journal],
    );
    await db.query(
      `insert into payments (client_id, kind, origin, contact_id, bank_nominal_code, paid_on, reference, currency, amount_minor, record_reference, content_sha, created_by)
       select $1, 'payment-out', 'operational', id, '1200', '2026-11-19', 'CHQ 100', 'GBP', 3000, 'PAY-1', '-', 'Upload' from contacts where client_id = $1`,
      [own.clientId],
    );
  });
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4000"]);

  const context = await browser.newContext({ baseURL: product.url, storageState: `${product.dataDir}/admin.json` });
  const page = await context.newPage();
  await page.goto(`/clients/${own.slug}/export`);
  const waiting = rowsOf(page, "Pending Export").filter({ hasText: "Sales invoice" });
  await expect(waiting).toHaveCount(6);
  // One stays behind, so that every panel has something to show.
  for (let row = 0; row < 6; row += 1) await waiting.nth(row).click(row === 0 ? {} : { modifiers: ["ControlOrMeta"] });
  // The last one added, whose code is mapped: the one with 4010 must go, to be held.
  await waiting.filter({ hasText: /INV-\w+-5/ }).click({ modifiers: ["ControlOrMeta"] });
  await page.getByRole("button", { name: "Upload data (5)" }).click();
  await expect(rowsOf(page, "Exported Successfully").locator('[data-tick="confirmed"]').first()).toBeVisible({ timeout: 60_000 });
  await expect(panelOf(page, "Error Feedback").getByRole("listitem").filter({ hasText: "4010" })).toBeVisible({
    timeout: 60_000,
  });
  const simulator = simulatorControl(product.simulatorUrl, "xero");
  const { documents } = await simulator.ledger(own.tenantId);
  await simulator.pay(own.tenantId, {
    number: documents[0]?.number ?? "",
    amount: "50.00",
    date: "2026-11-21",
    reference: "BACS 7",
  });
  await page.goto(`/clients/${own.slug}/import`);
  await page.getByRole("button", { name: "Read payments now" }).click();
  await expect(page.getByRole("row").filter({ hasText: "BACS 7" })).toBeVisible({ timeout: 60_000 });
  await context.close();

  await behindTheScreen(product, async (db) => {
    // Long enough ago that no digest is due for it.
    await db.query(
      `insert into nights (night_on, started_at, ended_at, total, done, changed, failed, calls, bytes_in)
       select d, d + time '02:00', d + time '02:01', 1, 1, 1, 0, 7, 9200 from (select (app.now() - interval '5 days')::date as d) n on conflict do nothing`,
    );
    await db.query(
      `insert into runs (client_id, connection_id, kind, state, started_by, started_at, ended_at, night_on, total, detail)
       select $1, c.id, 'nightly', 'finished', 'Nightly run', d + time '02:00', d + time '02:01', d, 0, '{"calls":7,"bytes":9200,"changed":1}'
       from connections c, (select (app.now() - interval '5 days')::date as d) n where c.client_id = $1 and c.state = 'live'`,
      [own.clientId],
    );
  });

  // A document that was credited, with something left of its credit note.
  await behindTheScreen(product, (db) =>
    db.query(
      `with credited as (
         select p.connection_id, d.* from postings p join documents d on d.id = p.record_id
         where p.client_id = $1 and p.kind = 'sales-invoice' and p.state = 'confirmed' order by d.number limit 1
       ), note as (
         insert into documents (client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, content_sha)
         select client_id, 'sales-credit-note', number || '-CN2', number || '-CN2', contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, '-'
         from credited returning id
       ), lines as (
         insert into document_lines (client_id, document_id, revision, position, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code)
         select l.client_id, note.id, 1, l.position, l.description, l.quantity, l.unit_price, l.net_minor, l.tax_minor, l.nominal_code, l.tax_code
         from note, credited join document_lines l on l.document_id = credited.id and l.revision = credited.revision
       ), linked as (
         insert into external_refs (client_id, connection_id, family, external_id, record_id, linked_by)
         select $1, credited.connection_id, 'document', gen_random_uuid()::text, note.id, 'Upload' from note, credited
       )
       insert into reissues (client_id, connection_id, document_id, sent_revision, credit_note_id, made_by, credit_left_minor, still_open_minor)
       select $1, credited.connection_id, credited.id, 1, note.id, 'Demo adviser', 5000, 0 from note, credited`,
      [own.clientId],
    ),
  );

  const values: Record<string, string> = {
    client: own.slug,
    package: "xero",
    profile: "standard",
    list: "documents",
    error: "mapping.account-missing",
    screen: "export",
  };
  await behindTheScreen(product, async (db) => {
    for (const [name, query] of Object.entries(FOUND)) {
      const { rows } = await db.query<{ id: string }>(query, [own.clientId]);
      if (rows[0] === undefined) throw new Error(`The scene has no ${name}`);
      values[name] = rows[0].id;
    }
  });
  return { own, values };
}
