import { randomBytes, randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import pg from "pg";
import type { PackageId } from "#lib/connectors/types.ts";
import { expect } from "./fixtures.ts";
import type { Product } from "./product.ts";

/** A client and an organisation of a spec's own, so that specs don't stand in each other's way. */
export interface OwnClient {
  readonly clientId: string;
  readonly slug: string;
  readonly tenantId: string;
  readonly tenantName: string;
}

/** Runs statements over all clients, as the owner: to set a scene or to look behind the screen. */
export async function behindTheScreen<Result>(product: Product, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: product.ownerUrl });
  await client.connect();
  try {
    await client.query("select set_config('app.all_clients', 'on', false)");
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Posts to the simulator's control calls; answers its JSON. */
export async function control(
  product: Product,
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  body?: unknown,
): Promise<unknown> {
  const answer = await fetch(`${product.simulatorUrl}/_control${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Makes a client with nominal and tax codes that demo staff and adviser see, and an organisation of the same name in the simulated package. */
export async function makeOwnClient(product: Product, packageId: PackageId = "xero"): Promise<OwnClient> {
  const mark = randomBytes(3).toString("hex");
  const clientId = randomUUID();
  const slug = `spec-${mark}`;
  const name = `Spec ${mark}`;
  await behindTheScreen(product, async (db) => {
    await db.query("insert into clients (id, slug, name) values ($1, $2, $3)", [clientId, slug, name]);
    await db.query(
      "insert into user_clients (user_id, client_id) select id, $1 from users where email in ('staff@demo.greentick.test', 'adviser@demo.greentick.test')",
      [clientId],
    );
    await db.query(
      `insert into nominal_codes (client_id, code, name, kind) values
        ($1, '1200', 'Business Bank Account', 'bank'), ($1, '4000', 'Sales', 'sales'), ($1, '4010', 'Training', 'sales'),
        ($1, '4020', 'Carriage', 'sales'), ($1, '5000', 'Purchases', 'purchase')`,
      [clientId],
    );
    await db.query("insert into tax_codes (client_id, code, name, rate) values ($1, 'T1', 'Standard rate', '20')", [clientId]);
  });
  const tenant = (await control(product, "POST", `/${packageId}/tenants`, { name: `${name} Ltd`, currencies: ["GBP"] })) as {
    id: string;
    name: string;
  };
  return { clientId, slug, tenantId: tenant.id, tenantName: tenant.name };
}

/** Adds sales invoices of one line each that wait for export. */
export async function addInvoices(product: Product, own: OwnClient, nominalCodes: readonly string[]): Promise<void> {
  await behindTheScreen(product, async (db) => {
    const contactId = randomUUID();
    await db.query(
      "insert into contacts (id, client_id, reference, name, is_customer, content_sha) values ($1, $2, $3, 'Peak Gifts Ltd', true, '-')",
      [contactId, own.clientId, `C-${contactId.slice(0, 8)}`],
    );
    for (const [index, code] of nominalCodes.entries()) {
      const id = randomUUID();
      const number = `INV-${id.slice(0, 6)}-${index}`;
      await db.query(
        `insert into documents (id, client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, content_sha)
         values ($1, $2, 'sales-invoice', $3, $3, $4, '2026-11-20', '2026-12-20', 'GBP', 10000, 2000, 12000, '-')`,
        [id, own.clientId, number, contactId],
      );
      await db.query(
        `insert into document_lines (client_id, document_id, revision, position, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code)
         values ($1, $2, 1, 1, 'One line', '1', '100', 10000, 2000, $3, 'T1')`,
        [own.clientId, id, code],
      );
    }
  });
}

/** Connects through the package's consent page, as an administrator does it. */
export async function connectThroughConsent(
  page: Page,
  own: OwnClient,
  button: string | RegExp = "Connect Xero",
  packageName = "Xero",
): Promise<void> {
  await page.goto(`/clients/${own.slug}/setup`);
  await page.getByRole("button", { name: button }).first().click();
  await page.getByLabel("Find an organisation").fill(own.tenantName);
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByLabel(own.tenantName, { exact: true }).check();
  await page.getByRole("button", { name: "Allow access" }).click();
  await page.waitForURL(new RegExp(`/clients/${own.slug}/setup`));
  await expect(page.getByText(`${packageName} is connected: ${own.tenantName}.`)).toBeVisible();
}
