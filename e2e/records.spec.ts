import type { Page } from "@playwright/test";
import { axeFindings } from "./axe.ts";
import { makeExportScene, mapCodes, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { behindTheScreen, control, type OwnClient } from "./own-client.ts";

test.describe.configure({ mode: "serial" });
test.use({ role: "staff" });

let own: OwnClient;
let numbers: readonly string[] = [];
test.beforeAll(async ({ product }) => {
  test.setTimeout(120_000);
  own = await makeExportScene(product, ["4000", "4000", "4000"]);
  await mapCodes(product, own, ["4000"]);
  const { rows } = await behindTheScreen(product, (db) =>
    db.query<{ number: string }>("select number from documents where client_id = $1 order by number", [own.clientId]),
  );
  numbers = rows.map((row) => row.number);
});

const numbered = (at: number) => numbers[at] ?? "";
const region = (page: Page, name: string | RegExp) => page.getByRole("region", { name });
const pdf = (name: string) => ({ name, mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4\nsigned\n%%EOF\n") });

/** The page of one of the client's documents, by its number. */
async function openDocument(page: Page, number: string): Promise<void> {
  await page.goto(`/clients/${own.slug}/documents?q=${number}`);
  await page.getByRole("link", { name: number }).first().click();
  await expect(page.getByRole("heading", { name: `Sales invoice ${number}` })).toBeVisible();
}

/** A list to choose from in the open dialog. */
const chooser = (page: Page, name: string) => {
  const dialog = page.getByRole("dialog");
  return dialog.getByRole("textbox", { name }).or(dialog.getByRole("combobox", { name })).first();
};

async function attach(page: Page, file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Attach a file" }).click();
  await (await choosing).setFiles(file);
}

async function isAccessible(page: Page): Promise<void> {
  expect(await axeFindings(page, { within: "main" })).toEqual([]);
}

test("N23 a PDF is attached to an invoice before it goes, and what is no PDF, PNG or JPG is refused in words", async ({
  page,
}) => {
  await openDocument(page, numbered(0));
  await attach(page, { name: "page.pdf", mimeType: "application/pdf", buffer: Buffer.from("<html>") });
  await expect(page.getByText("Attach a PDF, PNG or JPG: this file is none of these, whatever its name.")).toBeVisible();
  await attach(page, pdf("Delivery note.pdf"));
  await expect(page.getByText("Delivery note.pdf is attached.")).toBeVisible();
  await expect(region(page, "Attachments").getByRole("row").filter({ hasText: "Delivery note.pdf" })).toContainText(
    "Waiting for the document",
  );
});

test("N24 N26 N23 the timeline shows the attempt with run, person and mapping version, both links work, and the PDF is there", async ({
  page,
}) => {
  await page.goto(`/clients/${own.slug}/export`);
  await rowsOf(page, "Pending Export")
    .filter({ hasText: numbered(0) })
    .click();
  await page.getByRole("button", { name: "Upload data (1)" }).click();
  const exported = rowsOf(page, "Exported Successfully").filter({ hasText: numbered(0) });
  await expect(exported.locator('[data-tick="confirmed"]')).toBeVisible({ timeout: 30_000 });

  await openDocument(page, numbered(0));
  await expect(region(page, "In Xero")).toContainText("Agrees with Xero");
  const timeline = page.getByRole("list", { name: "Timeline" });
  const attempts = timeline.locator('[data-what="attempt"]');
  const attempt = attempts.filter({ hasText: /Sent to Xero/ });
  await expect(attempt).toContainText("Sent to Xero: accepted");
  await expect(attempt).toContainText(/Upload, run \d+.*Demo staff/);
  await expect(attempt).toContainText(/createInvoices.*HTTP 200.*mapping version \d+/);
  await expect(timeline.locator('[data-what="seen"]')).toContainText("Agrees with Xero to the penny");
  await attempt.getByText("What was sent").click();
  await expect(attempt).toContainText(/Gross\s*120\.00/);
  await expect(attempt.getByRole("table")).toContainText("200 Sales");
  await attempt.getByText("Raw request").click();
  await expect(attempt.getByRole("region", { name: "Request" })).toContainText(`"InvoiceNumber":"${numbered(0)}"`);
  await isAccessible(page);

  const file = region(page, "Attachments").getByRole("row").filter({ hasText: "Delivery note.pdf" });
  await expect(file).toContainText("There", { timeout: 20_000 });
  // The call of the file stands beside the invoice's.
  await expect(attempts.filter({ hasText: "Delivery note.pdf sent to Xero: accepted" })).toHaveCount(1);
  const opening = page.waitForEvent("popup");
  await page.getByRole("link", { name: "Open in Xero" }).click();
  const there = await opening;
  await expect(there.getByRole("heading", { name: `Sales invoice ${numbered(0)}` })).toBeVisible();
  await expect(there.getByRole("link", { name: "Delivery note.pdf" })).toBeVisible();
  await there.close();
  // The invoice there knows the way back.
  const sent = await attempt.getByRole("link", { name: /\/documents\// }).getAttribute("href");
  expect(new URL(sent ?? "").pathname).toBe(new URL(page.url()).pathname);
});

test("N25 a pasted id is looked up: what differs is shown with both values, and what is equal is linked and ticked", async ({
  page,
  product,
}) => {
  const made = await makeInXero(product, [
    { number: numbered(1), unit: "100.00" },
    { number: numbered(2), unit: "90.00" },
  ]);
  await openDocument(page, numbered(1));
  await region(page, "In Xero").getByRole("button", { name: "Link by pasted id" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("no id at all");
  await dialog.getByRole("button", { name: "Look it up and link" }).click();
  await expect(dialog).toContainText("No id of Xero was found in this.");
  await dialog.getByRole("textbox").fill(made[0] ?? "");
  await dialog.getByRole("button", { name: "Look it up and link" }).click();
  await expect(region(page, "In Xero").locator('[data-tick="confirmed"]')).toBeVisible();
  await expect(page.getByRole("list", { name: "Timeline" })).toContainText(
    /Linked to a record already in the package.*Demo staff/,
  );

  // The same from a row of Export, by the address of the record.
  await page.goto(`/clients/${own.slug}/export`);
  await rowsOf(page, "Pending Export")
    .filter({ hasText: numbered(2) })
    .dblclick();
  const drawer = page.getByRole("dialog", { name: `Sales invoice ${numbered(2)}` });
  await drawer.getByRole("button", { name: "Link by pasted id" }).click();
  const linking = page.getByRole("dialog", { name: `Link ${numbered(2)} by pasted id` });
  await linking.getByRole("textbox").fill(`https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID=${made[1]}`);
  await linking.getByRole("button", { name: "Look it up and link" }).click();
  await expect(linking.getByRole("row").filter({ hasText: "Gross" })).toContainText(/120\.00.*108\.00/);
  await linking.getByRole("button", { name: "Accept as different" }).click();
  const row = rowsOf(page, "Exported Successfully").filter({ hasText: numbered(2) });
  await expect(row).toContainText("Differs by £12.00");
});

test("M64 a customer is entered and changed by hand: a revision with its timeline; a number that is taken is refused", async ({
  page,
}) => {
  await page.goto(`/clients/${own.slug}/customers`);
  await page.getByRole("button", { name: "New customer" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Number", { exact: true }).fill("H-1");
  await dialog.getByLabel("Name").fill("Harbour Cafe");
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Harbour Cafe" })).toBeVisible();
  await expect(region(page, "In Xero")).toContainText("Pending Export");
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByRole("dialog").getByLabel("E-mail").fill("nobody");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("dialog")).toContainText("This is not an e-mail address.");
  await page.getByRole("dialog").getByLabel("E-mail").fill("office@harbour.test");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("revision 2", { exact: true })).toBeVisible();
  await expect(page.getByRole("list", { name: "Timeline" })).toContainText(/Changed: revision 2.*Demo staff.*E-mail was.*none/);
  await isAccessible(page);
});

test("N24 nominal codes, tax codes, groups and products have pages of their own: what they are, where they stand, what they are mapped to", async ({
  page,
}) => {
  const base = `/clients/${own.slug}`;
  await openDocument(page, numbered(0));
  await region(page, /^Lines/)
    .getByRole("link", { name: "4000" })
    .click();
  await expect(page.getByRole("heading", { name: "Nominal code 4000" })).toBeVisible();
  await expect(region(page, "Nominal code")).toContainText("200 Sales");
  await expect(region(page, "Where it is used").getByRole("row").filter({ hasText: "Sales invoice" })).toContainText("300.00");
  await isAccessible(page);

  await page.goto(`${base}/nominal-codes`);
  await page.getByRole("button", { name: "New nominal code" }).click();
  await page.getByRole("dialog").getByLabel("Code").fill("1001");
  await page.getByRole("dialog").getByLabel("Name").fill("Stock");
  await chooser(page, "Kind").click();
  await page.getByRole("option", { name: "Stock", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(region(page, "Nominal code")).toContainText("Not used: the value of stock stays in the operational system");
  await expect(page.getByRole("list", { name: "Timeline" })).toContainText(/Added by hand.*Demo staff/);

  await page.goto(`${base}/tax-codes`);
  await page.getByRole("link", { name: "T1", exact: true }).click();
  await expect(region(page, "Latest documents").getByRole("link", { name: numbered(0) })).toBeVisible();

  await page.goto(`${base}/product-groups`);
  await page.getByRole("button", { name: "New product group" }).click();
  await page.getByRole("dialog").getByLabel("Code", { exact: true }).fill("CUPS");
  await page.getByRole("dialog").getByLabel("Name").fill("Cups");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "Product group CUPS" })).toBeVisible();

  await page.goto(`${base}/products`);
  await page.getByRole("button", { name: "New product" }).click();
  await page.getByRole("dialog").getByLabel("Code", { exact: true }).fill("MUG");
  await page.getByRole("dialog").getByLabel("Name").fill("Mug");
  await chooser(page, "Product group").click();
  await page.getByRole("option", { name: "CUPS Cups" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "MUG" })).toBeVisible();
  await expect(region(page, "Product").getByRole("link", { name: "CUPS Cups" })).toBeVisible();
  await isAccessible(page);
});

/** Invoices that somebody typed into the package by hand; answers their ids. */
async function makeInXero(
  product: Parameters<typeof control>[0],
  invoices: readonly { readonly number: string; readonly unit: string }[],
): Promise<string[]> {
  const { access_token } = (await control(product, "POST", "/xero/tokens", { tenants: [own.tenantId] })) as {
    access_token: string;
  };
  const ledger = (await control(product, "GET", `/xero/${own.tenantId}/ledger`)) as { contacts: { id: string }[] };
  const answer = await fetch(`${product.simulatorUrl}/api.xro/2.0/Invoices`, {
    method: "PUT",
    headers: {
      Authorization: `Bearer ${access_token}`,
      "xero-tenant-id": own.tenantId,
      Accept: "application/json",
      "Content-Type": "application/json",
    },
    body: JSON.stringify({
      Invoices: invoices.map(({ number, unit }) => ({
        Type: "ACCREC",
        InvoiceNumber: number,
        Contact: { ContactID: ledger.contacts[0]?.id },
        Date: "2026-11-20",
        DueDate: "2026-12-20",
        LineAmountTypes: "Exclusive",
        CurrencyCode: "GBP",
        Status: "AUTHORISED",
        LineItems: [{ Description: "One line", Quantity: 1, UnitAmount: unit, AccountCode: "200", TaxType: "OUTPUT2" }],
      })),
    }),
  });
  const body = (await answer.json()) as { Invoices: { InvoiceID: string }[] };
  return body.Invoices.map((one) => one.InvoiceID);
}
