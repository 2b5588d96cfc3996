import { writeFileSync } from "node:fs";
import type { Locator, Page } from "@playwright/test";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import { connectAndRead, mapCodes, panelOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { behindTheScreen, makeOwnClient, type OwnClient } from "./own-client.ts";
import type { Product } from "./product.ts";

test.use({ role: "adviser" });

const HEAD =
  "Type,Number,Date,Due date,Customer/Supplier reference,Name,Description,Quantity,Unit price,Nominal code,Tax code,Status";
/** Invoices of the three clients: 200 together. */
const INVOICES = { shop: 120, school: 50, garage: 30 } as const;
const PEOPLE = ["Ashdown Trading Ltd", "Hartley & Sons", "Marlow Interiors", "Alder Paper Supplies", "Peak Gifts Ltd"];

const line = (number: string, date: string, customer: number, price: string, code = "4000", status = "") =>
  `Sales invoice,${number},${date},2026-12-20,C-${customer},${PEOPLE[customer]},Goods as ordered,1,${price},${code},T1,${status}`;

/** The shop's file: two lines that cannot be read, and three of a nominal code that nobody has mapped. */
const shopFile = () => [
  HEAD,
  ...Array.from({ length: INVOICES.shop - 5 }, (_, at) => line(`SH-${at + 1}`, "2026-11-18", at % 5, `${10 + at}.00`)),
  ...[1, 2, 3].map((at) => line(`SH-T${at}`, "2026-11-18", 1, "50.00", "4010")),
  line("SH-F1", "2026-11-31", 2, "12.00"),
  line("SH-F2", "2026-11-18", 2, "twelve"),
];
/** The school's: four invoices lie in a period that its books have locked. */
const schoolFile = () => [
  HEAD,
  ...Array.from({ length: INVOICES.school - 4 }, (_, at) => line(`SC-${at + 1}`, "2026-11-17", at % 5, `${20 + at}.00`)),
  ...[1, 2, 3, 4].map((at) => line(`SC-L${at}`, "2026-10-20", 3, "75.00")),
];
/** The garage's: what is paid, amended and withdrawn later in the day. */
const garageFile = () => [
  HEAD,
  ...Array.from({ length: INVOICES.garage }, (_, at) => line(`GA-${at + 1}`, "2026-11-19", at % 5, "100.00")),
];

/** Counts what a person's hand does to a page: clicks, and the files chosen. Keys and what is typed are not counted. */
async function countClicks(page: Page): Promise<() => number> {
  let count = 0;
  await page.exposeBinding("greentickClick", () => {
    count += 1;
  });
  await page.addInitScript(() => {
    document.addEventListener(
      "click",
      (event) => {
        // A label's click is passed on to its field by the browser: one press of a hand.
        const passedOn = event.detail === 0 || (event.target instanceof HTMLInputElement && event.target.type === "file");
        if (event.isTrusted && !passedOn) (window as unknown as { greentickClick(): void }).greentickClick();
      },
      true,
    );
  });
  return () => count;
}

/** Chooses a file and reads it; ends at the preview. */
async function upload(page: Page, name: string, rows: readonly string[]): Promise<void> {
  await page
    .getByRole("navigation")
    .getByRole("link", { name: /^Documents/ })
    .first()
    .click();
  await page.getByRole("link", { name: "Upload a file" }).first().click();
  await expect(page.getByRole("button", { name: "Upload and preview" })).toBeVisible();
  const [dialogue] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "File", exact: true }).click(),
  ]);
  await dialogue.setFiles({ name, mimeType: "text/csv", buffer: Buffer.from(`${rows.join("\n")}\n`) });
  await page.getByRole("button", { name: "Upload and preview" }).click();
  await expect(page.getByRole("region", { name: "Contents of the file" })).toBeVisible({ timeout: 60_000 });
}

const commit = async (page: Page, documents: number): Promise<void> => {
  await page.getByRole("button", { name: new RegExp(`^Commit ${documents} document`) }).click();
  await expect(page.getByText(/^Committed: /)).toBeVisible({ timeout: 60_000 });
};

/** Everything that waits is sent. */
async function sendAll(page: Page): Promise<void> {
  await page
    .getByRole("navigation")
    .getByRole("link", { name: /^Export/ })
    .first()
    .click();
  await page.getByRole("grid", { name: "Pending Export" }).getByRole("checkbox", { name: "Select all rows that match" }).click();
  await page.getByRole("button", { name: /^Upload data/ }).click();
}

/** Renames a contact in the package, as somebody does who works there. */
async function rename(product: Product, own: OwnClient, contactId: string, name: string): Promise<void> {
  const { access_token } = await simulatorControl(product.simulatorUrl, "xero").tokens([own.tenantId]);
  const answer = await fetch(`${product.simulatorUrl}/api.xro/2.0/Contacts/${contactId}`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${access_token}`,
      "Xero-Tenant-Id": own.tenantId,
      "Content-Type": "application/json",
      Accept: "application/json",
    },
    body: JSON.stringify({ Contacts: [{ ContactID: contactId, Name: name }] }),
  });
  expect(answer.status).toBe(200);
}

const open = (page: Page, own: OwnClient) => page.goto(`/clients/${own.slug}`);

test("FD2 FD8 FD9 FD11 FD12 FD17 FD19 a bookkeeper's day with three clients, its clicks counted", async ({
  page,
  product,
}, info) => {
  test.setTimeout(600_000);
  const simulator = simulatorControl(product.simulatorUrl, "xero");
  const [shop, school, garage] = await Promise.all([makeOwnClient(product), makeOwnClient(product), makeOwnClient(product)]);
  await simulator.patchSettings(school.tenantId, { periodLock: "2026-10-31" });
  for (const own of [shop, school, garage]) {
    await connectAndRead(product, own);
    await mapCodes(product, own, ["4000"]);
  }
  await behindTheScreen(product, (db) =>
    db.query(
      `update connections set settings = settings || '{"taxPeriods": "quarters-2", "exactPayments": true}'
       where client_id = any($1) and state = 'live'`,
      [[school.clientId, garage.clientId]],
    ),
  );
  const clicks = await countClicks(page);
  const counted: [string, number][] = [];
  let before = 0;
  const part = (words: string) => {
    counted.push([words, clicks() - before]);
    before = clicks();
  };
  const states = async (own: OwnClient) =>
    behindTheScreen(product, async (db) => {
      const { rows } = await db.query<{ state: string; count: number }>(
        `select state, count(*)::int as count from postings
         where client_id = $1 and current and kind in ('sales-invoice', 'sales-credit-note') group by 1`,
        [own.clientId],
      );
      return Object.fromEntries(rows.map((row) => [row.state, row.count]));
    });
  const errors: Locator = panelOf(page, "Error Feedback");

  await test.step("the shop: a file with two faulty lines; a nominal code that is not mapped", async () => {
    await open(page, shop);
    await upload(page, "shop.csv", shopFile());
    await page.getByRole("button", { name: /^Skip faulty documents and continue/ }).click();
    await commit(page, INVOICES.shop - 2);
    await sendAll(page);
    part("The shop's file: 120 invoices, 2 of them faulty, read, skipped, committed and sent");
    const cause = errors.getByRole("listitem").filter({ hasText: "4010" });
    await cause.getByRole("link", { name: "Map 4010" }).click({ timeout: 120_000 });
    await expect(page.getByLabel("Account in Xero for 4010 Training")).toBeFocused();
    await page.keyboard.type("200");
    await expect(page.getByRole("option").first()).toBeVisible();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Control+s");
    await expect(page.getByText(/3 held rows are now on their way/)).toBeVisible();
    await expect.poll(() => states(shop), { timeout: 120_000 }).toEqual({ confirmed: INVOICES.shop - 2 });
    part("The shop's unmapped nominal code: mapped from its card, 3 invoices released");
  });

  await test.step("the school: four invoices in a locked period are re-dated from their card", async () => {
    await open(page, school);
    await upload(page, "school.csv", schoolFile());
    await commit(page, INVOICES.school);
    await sendAll(page);
    part("The school's file: 50 invoices read, committed and sent");
    const cause = errors.locator('[data-cause="package.period-locked"]');
    await cause.locator("button[aria-expanded]").first().click({ timeout: 120_000 });
    await cause.getByRole("button", { name: "Re-date to the first open day" }).click();
    await page
      .getByRole("dialog", { name: "Re-date to the first open day" })
      .getByRole("button", { name: "Re-date", exact: true })
      .click();
    await expect.poll(() => states(school), { timeout: 120_000 }).toEqual({ confirmed: INVOICES.school });
    part("The school's 4 invoices in a locked period: re-dated from their card");
  });

  await test.step("the garage: a renamed customer, a payment in full and one in part", async () => {
    await open(page, garage);
    await upload(page, "garage.csv", garageFile());
    await commit(page, INVOICES.garage);
    await sendAll(page);
    await expect.poll(() => states(garage), { timeout: 120_000 }).toEqual({ confirmed: INVOICES.garage });
    part("The garage's file: 30 invoices read, committed and sent");
    const { contacts } = await simulator.ledger(garage.tenantId);
    const hartley = contacts.find((one) => one.name === "Hartley & Sons");
    await rename(product, garage, hartley?.id ?? "", "Hartley & Daughters");
    await simulator.pay(garage.tenantId, { number: "GA-1", amount: "120.00", date: "2026-11-21", reference: "FULL" });
    await simulator.pay(garage.tenantId, { number: "GA-2", amount: "40.00", date: "2026-11-21", reference: "PART" });
    await simulator.pay(garage.tenantId, { number: "GA-4", amount: "120.00", date: "2026-11-21", reference: "GONE" });
    await page
      .getByRole("navigation")
      .getByRole("link", { name: /^Import/ })
      .first()
      .click();
    await page.getByRole("button", { name: "Read payments now" }).click();
    const grid = page.getByRole("grid", { name: "Payments read from the package" });
    const row = (reference: string) => grid.getByRole("row").filter({ hasText: reference });
    await expect(row("FULL")).toContainText("Payment created and allocated", { timeout: 60_000 });
    if (!(await row("PART").textContent())?.includes("Payment created and allocated")) {
      await row("PART").click();
      await page
        .getByRole("button", { name: /^Create & allocate payments/ })
        .first()
        .click();
    }
    await expect(row("PART")).toContainText("Payment created and allocated");
    part("The garage's payments: two in full create themselves, one in part is created by hand");
  });

  await test.step("the garage: an invoice amended after it was sent, and one withdrawn after it was paid", async () => {
    await upload(page, "garage-2.csv", [
      HEAD,
      line("GA-3", "2026-11-19", 2, "150.00"),
      line("GA-4", "2026-11-19", 3, "100.00", "4000", "void"),
    ]);
    await commit(page, 2);
    part("The garage's second file: one invoice amended, one withdrawn");
    await sendAll(page);
    const question = page.getByRole("dialog", { name: "Change what Xero holds?" });
    await expect(question.getByRole("row").filter({ hasText: "GA-4" })).toContainText("Void: it will be held, as it is paid");
    await question.getByRole("button", { name: "Upload and change them" }).click();
    await expect
      .poll(async () => (await simulator.ledger(garage.tenantId)).documents.find((one) => one.number === "GA-3")?.gross, {
        timeout: 60_000,
      })
      .toBe("180.00");
    const cause = errors.getByRole("listitem").filter({ hasText: "GA-4" });
    await expect(cause).toContainText(/paid on 21 Nov(ember)? 2026/, { timeout: 60_000 });
    expect((await simulator.ledger(garage.tenantId)).documents.find((one) => one.number === "GA-4")?.status).toBe("PAID");
    // Hartley's invoices stay green under the new name.
    expect(await states(garage)).toEqual({ confirmed: INVOICES.garage - 1, held: 1 });
    part("The amended invoice is sent; the withdrawn one is held, as it is paid");
    await page.screenshot({ path: info.outputPath("withdrawn.png"), fullPage: true });
  });

  const sum = counted.reduce((total, [, one]) => total + one, 0);
  const table = [...counted, ["Together", sum] as const].map(([words, one]) => `| ${words} | ${one} |`).join("\n");
  writeFileSync(info.outputPath("clicks.md"), `${table}\n`);
  info.annotations.push({ type: "clicks", description: table });
  expect(sum).toBeLessThanOrEqual(60);
});
