import type { Locator, Page } from "@playwright/test";
import { xlsxOf } from "#lib/testing/xlsx.ts";
import { axeFindings } from "./axe.ts";
import { expect, test } from "./fixtures.ts";
import { behindTheScreen, makeOwnClient, type OwnClient } from "./own-client.ts";

test.describe.configure({ mode: "serial" });
test.use({ role: "staff" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  own = await makeOwnClient(product);
});

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/** 1 November 2026 as a spreadsheet counts days. */
const FIRST_OF_NOVEMBER = { serial: 46327 };
const BOOK = {
  name: "november.xlsx",
  mimeType: XLSX,
  buffer: xlsxOf({
    Notes: [["Nothing to read here"]],
    "Sales Nov": [
      ["Beleg", "Datum", "Kunde", "Firma", "Text", "Menge", "Preis"],
      ["X-1", FIRST_OF_NOVEMBER, "C1", "Ashdown Trading Ltd", "Widgets", { number: "2" }, { number: "10.5" }],
      ["X-2", FIRST_OF_NOVEMBER, "C2", "Peak Gifts Ltd", "Gadget", { number: "1" }, { number: "0.30000000000000004" }],
    ],
  }),
};

/** Chooses a file once the page listens: before that, a choice is lost. */
async function choose(page: Page, file: Parameters<Locator["setInputFiles"]>[0]): Promise<void> {
  await expect(async () => {
    await page.locator('input[type="file"]').setInputFiles(file);
    await expect(page.getByRole("button", { name: "Upload and preview" })).toBeEnabled({ timeout: 1_000 });
  }).toPass();
}

async function chooseProfile(page: Page, name: string): Promise<void> {
  await page
    .getByRole("combobox", { name: "Profile" })
    .or(page.getByRole("textbox", { name: "Profile" }))
    .first()
    .click();
  await page.getByRole("option", { name, exact: true }).click();
}

async function headings(page: Page, field: string, ...found: string[]): Promise<void> {
  const box = page.getByRole("combobox", { name: `Headings of ${field}`, exact: true });
  for (const heading of found) {
    await box.fill(heading);
    await box.press("Enter");
  }
  await box.press("Escape");
}

test("D4 a shipped profile is copied, edited against a live preview, and refused in words while it is faulty", async ({
  page,
}) => {
  await page.goto(`/clients/${own.slug}/documents/upload`);
  await page.getByRole("link", { name: "Profiles" }).click();
  await page.getByRole("link", { name: "Copy Standard (one line per row)" }).click();
  await page.getByLabel("Title").fill("Belege");
  await page.getByLabel("Name", { exact: true }).fill("belege");
  await expect(async () => {
    await page.locator('input[type="file"]').setInputFiles(BOOK);
    await expect(
      page
        .getByRole("combobox", { name: "Sheet" })
        .or(page.getByRole("textbox", { name: "Sheet" }))
        .first(),
    ).toBeVisible({
      timeout: 3_000,
    });
  }).toPass();
  await page
    .getByRole("combobox", { name: "Sheet" })
    .or(page.getByRole("textbox", { name: "Sheet" }))
    .first()
    .click();
  await page.getByRole("option", { name: "Sales Nov" }).click();
  await expect(page.getByText("Columns not found: Type, Number, Date")).toBeVisible();
  await headings(page, "Number", "Beleg");
  await headings(page, "Date", "Datum");
  await headings(page, "Customer or supplier reference", "Kunde");
  await headings(page, "Customer or supplier name", "Firma");
  await headings(page, "Description", "Text");
  await headings(page, "Quantity", "Menge");
  await headings(page, "Unit price", "Preis");
  await page.getByLabel("Nominal code is required").uncheck();
  await page.getByLabel("Tax code is required").uncheck();
  await page.getByLabel("Type is required").uncheck();
  await page
    .getByRole("combobox", { name: "Document type" })
    .or(page.getByRole("textbox", { name: "Document type" }))
    .first()
    .click();
  await page.getByRole("option", { name: "All sales invoices" }).click();
  const lines = page.getByRole("region", { name: "Lines of the sample" });
  await expect(lines.getByRole("row").filter({ hasText: "X-1" })).toContainText("the profile has no default");
  await page
    .getByLabel("Rules, as JSON")
    .fill(
      '{ "nominalRules": [{ "code": "4000" }], "taxRules": [{ "code": "T1" }], "nominalCodes": [], "taxCodes": [], "setAside": {} }',
    );
  const first = lines.getByRole("row").filter({ hasText: "X-1" });
  await expect(first).toContainText("21.00");
  await expect(first).toContainText("1 Nov 2026");
  await expect(lines.getByRole("row").filter({ hasText: "X-2" })).toContainText("0.30");
  expect(await axeFindings(page, { within: "main" })).toEqual([]);

  await page.getByLabel("Currency", { exact: true }).fill("POUND");
  await page.getByRole("button", { name: "Save profile" }).click();
  await expect(page.getByText("must be a currency's three letters").last()).toBeVisible();
  await page.getByLabel("Currency", { exact: true }).fill("GBP");
  await page.getByRole("button", { name: "Save profile" }).click();
  await expect(page.getByRole("link", { name: "Edit Belege" })).toBeVisible();
});

test("D4 the copied profile reads a workbook's sheet", async ({ page }) => {
  await page.goto(`/clients/${own.slug}/documents/upload`);
  await choose(page, BOOK);
  await chooseProfile(page, "Belege");
  await page.getByRole("button", { name: "Upload and preview" }).click();
  await expect(page.getByText("The workbook has 2 sheets")).toBeVisible();
  await page
    .getByRole("combobox", { name: "Sheet" })
    .or(page.getByRole("textbox", { name: "Sheet" }))
    .first()
    .click();
  await page.getByRole("option", { name: "Sales Nov" }).click();
  await page.getByRole("button", { name: "Upload and preview" }).click();
  await expect(page.getByText("Excel workbook, sheet “Sales Nov”")).toBeVisible();
  await page.getByRole("button", { name: "Commit 2 documents" }).click();
  await expect(page.getByText("Committed: 2 new documents, 2 new contacts")).toBeVisible();
});

test("D4 faulty lines are left out under one's name; the same file under another name is told; an undo shows what it touches and takes it back", async ({
  page,
  product,
}) => {
  const head = "Type,Number,Date,Customer/Supplier reference,Name,Quantity,Unit price,Nominal code,Tax code,Description";
  const text = [
    head,
    "Sales invoice,F-1,2026-11-01,C1,Ashdown Trading Ltd,2,10.00,4000,T1,Widgets",
    "Sales invoice,F-2,2026-11-31,C9,Nobody Yet Ltd,1,7.00,4000,T1,No such day",
    "Sales invoice,F-3,2026-11-02,C7,Hill Ltd,1,5.00,4000,T1,Lamp",
  ].join("\n");
  const file = (name: string) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  const upload = async (name: string) => {
    await page.goto(`/clients/${own.slug}/documents/upload`);
    await choose(page, file(name));
    await chooseProfile(page, "Standard (one line per row)");
    await page.getByRole("button", { name: "Upload and preview" }).click();
  };
  await upload("first.csv");
  await page.getByRole("button", { name: "Skip faulty documents and continue" }).click();
  await expect(page.getByText("One line was skipped by")).toBeVisible();
  const proof = page.getByRole("region", { name: "Control total by currency" });
  for (const amount of ["32.00", "25.00", "7.00", "0.00"]) await expect(proof).toContainText(amount);
  await page.getByRole("button", { name: "Commit 2 documents" }).click();
  await expect(page.getByText("Committed: 2 new documents, 1 new contact")).toBeVisible();
  const committed = page.url();

  await upload("second.csv");
  await expect(page.getByText("This file was already committed as first.csv")).toBeVisible();
  await page.getByRole("button", { name: "Discard" }).click();

  await page.goto(committed);
  await page.getByRole("button", { name: "Undo this upload" }).click();
  const touched = page.getByRole("region", { name: "What the undo will change" });
  await expect(touched.getByRole("row").filter({ hasText: "Documents" })).toContainText("2");
  await page.getByRole("button", { name: "Undo upload" }).click();
  await expect(page.getByText("This upload was undone on")).toBeVisible();
  const left = await behindTheScreen(product, (db) =>
    db.query("select number from documents where client_id = $1 order by 1", [own.clientId]),
  );
  expect(left.rows).toEqual([{ number: "X-1" }, { number: "X-2" }]);
});

test("FD4 FA9 the headings choose the profile; a person may choose another, and is one click from the one that fits; the row of the headings is chosen in the preview", async ({
  page,
}) => {
  const head = "Type,Number,Date,Customer/Supplier reference,Name,Product,Quantity,Unit price,Nominal code,Tax code";
  const lines = ["Sales invoice,H-1,2026-11-01,C1,Ashdown Trading Ltd,,2,10.00,4000,T1"];
  const file = (name: string, ...text: string[]) => ({ name, mimeType: "text/csv", buffer: Buffer.from(`${text.join("\n")}\n`) });
  const profile = page
    .getByRole("combobox", { name: "Profile" })
    .or(page.getByRole("textbox", { name: "Profile" }))
    .first();
  await page.goto(`/clients/${own.slug}/documents/upload`);
  await choose(page, file("chart.csv", "Code,Name,Type", "4000,Sales,sales"));
  await expect(profile).toHaveValue("Nominal codes");
  await expect(page.getByText("Chosen from the file's headings")).toBeVisible();
  await choose(page, file("invoices.csv", head, ...lines));
  await expect(profile).toHaveValue("Standard (one line per row)");

  await chooseProfile(page, "Products");
  await page.getByRole("button", { name: "Upload and preview" }).click();
  await expect(page.getByText("This looks like a file of invoices, bills and credit notes, not of products")).toBeVisible();
  await page.getByRole("button", { name: "Use “Standard (one line per row)”" }).click();
  await expect(page.getByRole("button", { name: "Commit 1 document" })).toBeVisible();
  await page.getByRole("button", { name: "Discard" }).click();

  // Two rows that would do: the one above says something else under the same words.
  const above = head.replace("Quantity", "Qty");
  await choose(page, file("twice.csv", "Hill Ltd, day book", above, head, ...lines));
  await page.getByRole("button", { name: "Upload and preview" }).click();
  const headings = page.getByRole("region", { name: /^Headings are in line/ });
  await expect(headings).toHaveAccessibleName("Headings are in line 2");
  const another = page.getByRole("button", { name: "Choose another line" });
  await another
    .or(page.getByRole("radio", { name: "Headings are in line 3" }))
    .first()
    .click();
  await page.getByRole("radio", { name: "Headings are in line 3" }).check();
  expect(await axeFindings(page, { within: "main" })).toEqual([]);
  await page.getByRole("button", { name: "Use these headings" }).click();
  await expect(headings).toHaveAccessibleName("Headings are in line 3");
  await page.getByRole("button", { name: "Commit 1 document" }).click();
  await expect(page.getByText("Committed: 1 new document")).toBeVisible();
});

test("FD18 unknown codes are made from the fault in the preview, several at once, and the file goes on without being chosen again", async ({
  page,
  product,
}) => {
  const text = [
    "Type,Number,Date,Customer/Supplier reference,Name,Net,Tax,Nominal code,Tax code",
    "Sales invoice,G-1,2026-11-14,C1,Ashdown Trading Ltd,100.00,20.00,4017,LOCAL20",
    "Sales invoice,G-1,2026-11-14,C1,Ashdown Trading Ltd,50.00,10.00,4017,LOCAL20",
    "Sales invoice,G-2,2026-11-15,C2,Peak Gifts Ltd,30.00,6.00,4017,T1",
  ].join("\n");
  await page.goto(`/clients/${own.slug}/documents/upload`);
  await choose(page, { name: "codes.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await chooseProfile(page, "Standard (one line per row)");
  await page.getByRole("button", { name: "Upload and preview" }).click();
  const missing = page.getByRole("region", { name: "2 codes that this client does not have" });
  const nominal = missing.getByRole("group", { name: "Add nominal code 4017" });
  await expect(nominal).toContainText("3 lines of 2 documents wait for it, first line 2.");
  const tax = missing.getByRole("group", { name: "Add tax code LOCAL20" });
  await expect(tax).toContainText("2 lines of 1 document wait for it");
  const upload = page.url();
  await expect(missing.getByRole("button", { name: "Add and continue" })).toBeDisabled();
  expect(await axeFindings(page, { within: "main" })).toEqual([]);

  await nominal.getByLabel("Name").fill("Sales, online");
  await tax.getByLabel("Name").fill("Local rate");
  await missing.getByRole("button", { name: "Add 2 codes and continue" }).click();
  await expect(nominal).toContainText("Choose what kind of nominal code it is.");
  await nominal
    .getByRole("combobox", { name: "Kind" })
    .or(nominal.getByRole("textbox", { name: "Kind" }))
    .first()
    .click();
  await page.getByRole("option", { name: "Sales", exact: true }).click();
  await tax.getByLabel("Rate (%)").fill("20");
  await missing.getByRole("button", { name: "Add 2 codes and continue" }).click();

  await expect(page.getByRole("button", { name: "Commit 2 documents" })).toBeVisible();
  expect(page.url()).toBe(upload);
  await expect(missing).toBeHidden();
  await page.getByRole("button", { name: "Commit 2 documents" }).click();
  await expect(page.getByText("Committed: 2 new documents")).toBeVisible();
  const made = await behindTheScreen(product, (db) =>
    db.query("select code, name from tax_codes where client_id = $1 and code = 'LOCAL20'", [own.clientId]),
  );
  expect(made.rows).toEqual([{ code: "LOCAL20", name: "Local rate" }]);
});
