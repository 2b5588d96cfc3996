import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { addInvoices, behindTheScreen, connectThroughConsent, control, makeOwnClient, type OwnClient } from "./own-client.ts";
import type { Product } from "./product.ts";

test.describe.configure({ mode: "serial" });

let own: OwnClient;
/** Numbers of five invoices of £120.00 each, as exported. */
let numbers: string[];

test.beforeAll(async ({ product }) => {
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000", "4000", "4000", "4000", "4000"]);
});

const MARKUP = `AHEAD <img src=x onerror="window.struck=1"><script>window.struck=1</script>`;

interface HeldInvoice {
  readonly InvoiceID: string;
  readonly InvoiceNumber: string;
}

/** Puts invoices into the package as an upload does; `link` says that they are ours. */
async function hold(product: Product, wanted: readonly string[], link: boolean): Promise<void> {
  const tokens = (await control(product, "POST", "/xero/tokens", { tenants: [own.tenantId] })) as { access_token: string };
  const answer = await fetch(`${product.simulatorUrl}/api.xro/2.0/Invoices`, {
    method: "PUT",
    headers: {
      Authorization: `Bearer ${tokens.access_token}`,
      "Xero-Tenant-Id": own.tenantId,
      "Content-Type": "application/json",
      Accept: "application/json",
    },
    body: JSON.stringify({
      Invoices: wanted.map((number) => ({
        Type: "ACCREC",
        Status: "AUTHORISED",
        InvoiceNumber: number,
        Contact: { Name: "Peak Gifts Ltd" },
        Date: "2026-11-20",
        DueDate: "2026-12-20",
        LineItems: [{ Description: "One line", Quantity: 1, UnitAmount: 100, AccountCode: "200", TaxType: "OUTPUT2" }],
      })),
    }),
  });
  expect(answer.status).toBe(200);
  const { Invoices } = (await answer.json()) as { Invoices: HeldInvoice[] };
  if (!link) return;
  await behindTheScreen(product, async (db) => {
    for (const { InvoiceID, InvoiceNumber } of Invoices) {
      await db.query(
        `insert into external_refs (client_id, connection_id, family, external_id, record_id, linked_by)
         select d.client_id, c.id, 'document', $2, d.id, 'Upload' from documents d
         join connections c on c.client_id = d.client_id and c.state = 'live' where d.client_id = $1 and d.number = $3`,
        [own.clientId, InvoiceID, InvoiceNumber],
      );
    }
  });
}

const pay = (product: Product, order: Record<string, unknown>) =>
  control(product, "POST", `/xero/${own.tenantId}/payments`, { date: "2026-11-21", ...order });

const grid = (page: Page) => page.getByRole("grid", { name: "Payments read from the package" });
const rowOf = (page: Page, reference: string) => grid(page).getByRole("row").filter({ hasText: reference });
const createButton = (page: Page) => page.getByRole("button", { name: /^Create & allocate payments/ }).first();

async function readNow(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Read payments now" }).click();
  await expect(page.getByTestId("as-of")).toContainText("As of", { timeout: 30_000 });
}

test.describe("an administrator", () => {
  test.use({ role: "admin" });

  test("M48 Import has a tab of its own, and says what would fill it before anything does", async ({ page, product }) => {
    await page.goto(`/clients/${own.slug}/import`);
    await expect(page.getByText("No accounting package is connected")).toBeVisible();
    await connectThroughConsent(page, own);
    numbers = await behindTheScreen(product, async (db) => {
      const { rows } = await db.query<{ number: string }>("select number from documents where client_id = $1 order by number", [
        own.clientId,
      ]);
      return rows.map((row) => row.number);
    });
    await hold(product, numbers.slice(0, 4), true);
    await hold(product, ["THEIRS-9", numbers[4] ?? ""], false);
    await page.goto(`/clients/${own.slug}/import`);
    await expect(page.getByRole("heading", { name: "Import", level: 1 })).toBeVisible();
    await expect(page.getByText("No payments yet")).toBeVisible();
    await expect(page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: /^Export/ })).toBeVisible();
  });
});

test.describe("a member of staff", () => {
  test.use({ role: "staff" });

  test("M59 payments made in the package are listed with company, date, reference, amount, document, side and status", async ({
    page,
    product,
  }) => {
    const [one = "", two = "", three = "", four = ""] = numbers;
    await pay(product, { number: one, amount: "120.00", reference: "FULL" });
    await pay(product, { number: two, amount: "50.00", reference: "PART" });
    await pay(product, {
      numbers: [
        { number: three, amount: "120.00" },
        { number: four, amount: "20.00" },
      ],
      reference: "BOTH",
    });
    await pay(product, { number: "THEIRS-9", amount: "30.00", reference: "OTHERS" });
    const { contacts } = (await control(product, "GET", `/xero/${own.tenantId}/ledger`)) as {
      contacts: { id: string; name: string }[];
    };
    await pay(product, { contact: contacts[0]?.name, amount: "15.00", reference: MARKUP });

    await page.goto(`/clients/${own.slug}/import`);
    await readNow(page);
    const row = rowOf(page, "FULL");
    await expect(row).toContainText("Peak Gifts Ltd");
    await expect(row).toContainText("21 Nov 2026");
    await expect(row).toContainText("120.00");
    await expect(row).toContainText("GBP");
    await expect(row).toContainText("Sales");
    await expect(row).toContainText("Waiting");
    await expect(row.getByRole("link", { name: one })).toHaveAttribute("href", new RegExp(`/clients/${own.slug}/documents/`));
    await expect(rowOf(page, "BOTH")).toContainText("140.00");
    await expect(rowOf(page, "BOTH").getByRole("link")).toHaveText([three, four]);
  });

  test("M60 an unmapped bank account says so with the way to the fix, and the same payment goes through when repeated", async ({
    page,
    product,
  }) => {
    await page.goto(`/clients/${own.slug}/import`);
    await rowOf(page, "FULL").click();
    await expect(rowOf(page, "FULL")).toHaveAttribute("aria-selected", "true");
    await createButton(page).click();
    await expect(rowOf(page, "FULL")).toContainText("is not mapped to a bank nominal");
    await expect(rowOf(page, "FULL").getByRole("link", { name: "Map bank account" })).toHaveAttribute(
      "href",
      /mapping\?tab=bank/,
    );
    await behindTheScreen(product, async (db) => {
      await db.query(
        `with made as (insert into mapping_sets (client_id, level, purpose, package, name) values ($1, 'client', 'posting', 'xero', 'Own') returning id)
         insert into mapping_rows (set_id, client_id, kind, source_code, target_external_id, saved_by)
         select made.id, $1, 'bank', '1200', a.external_id, 'Staff' from made, package_accounts a where a.client_id = $1 and a.code = '090'`,
        [own.clientId],
      );
    });
    await rowOf(page, "FULL").click();
    await createButton(page).click();
    await expect(rowOf(page, "FULL")).toContainText("Payment created and allocated");
    // FD5: the menu counts what is to create as the screen does, not at its own next turn ten seconds later.
    const inMenu = async () =>
      Number(
        (
          await page
            .getByRole("navigation")
            .getByRole("link", { name: /^Import/ })
            .first()
            .textContent()
        )?.replace(/\D/g, "") ?? 0,
      );
    const toCreate = async () =>
      Number(
        (
          await page
            .getByText(/^To create \d+$/)
            .first()
            .textContent()
        )?.replace(/\D/g, ""),
      );
    await expect.poll(async () => (await inMenu()) - (await toCreate()), { timeout: 4_000 }).toBe(0);
  });

  test("M60 part and one receipt over two invoices are created by keyboard alone; document, contact and bank move", async ({
    page,
    product,
  }) => {
    await page.goto(`/clients/${own.slug}/import`);
    await page.getByRole("radio", { name: /^To create/ }).focus();
    await page.keyboard.press("Space");
    await expect(grid(page).getByRole("row")).toHaveCount(3);
    await grid(page).locator('[tabindex="0"]').first().focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Shift+ArrowDown");
    await expect(page.getByText("2 selected", { exact: true })).toBeVisible();
    await expect(createButton(page)).toHaveText(/\(2\)/);
    await createButton(page).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByText("2 payments created and allocated.")).toBeVisible();
    await page.goto(`/clients/${own.slug}/import`);
    for (const reference of ["FULL", "PART", "BOTH"]) {
      await expect(rowOf(page, reference)).toContainText("Payment created and allocated");
    }
    const bank = page.getByRole("region", { name: "Movements by bank nominal" }).getByRole("row").filter({ hasText: "1200" });
    await expect(bank).toContainText("310.00");
    // With what the customer paid ahead: it names the bank account too (FB11).
    await expect(bank).toContainText("355.00");
    const { open, payments, postings } = await behindTheScreen(product, async (db) => {
      const { rows } = await db.query<{ open: string; payments: string; postings: string }>(
        `select (select sum(gross_minor - paid_minor) from documents where client_id = $1) as open,
           (select count(*) from payments where client_id = $1) as payments,
           (select count(*) from postings where client_id = $1 and kind = 'payment') as postings`,
        [own.clientId],
      );
      return rows[0] ?? { open: "", payments: "", postings: "" };
    });
    expect({ open, payments, postings }).toEqual({ open: "29000", payments: "3", postings: "0" });
  });

  test("B24 markup in what the package says is shown as text and runs nothing", async ({ page }) => {
    const answer = await page.goto(`/clients/${own.slug}/import`);
    expect(answer?.headers()["content-security-policy"]).toMatch(/script-src 'self' 'nonce-[^']+' 'strict-dynamic'/);
    await expect(rowOf(page, "AHEAD")).toContainText(MARKUP);
    await rowOf(page, "AHEAD").click();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("dialog", { name: "Payment" })).toContainText(MARKUP);
    expect(await page.evaluate(() => Reflect.get(window, "struck"))).toBeUndefined();
  });

  test("M60 M74 M46 the others say why, cannot be created, and repeating creates nothing twice", async ({ page, product }) => {
    await page.goto(`/clients/${own.slug}/import`);
    await expect(rowOf(page, "OTHERS")).toContainText("Unknown invoice: THEIRS-9 is not one of ours");
    await expect(rowOf(page, "AHEAD")).toContainText("Payment on account: kept in the package");
    await rowOf(page, "AHEAD").click();
    await expect(createButton(page)).toBeDisabled();
    await page.keyboard.press("Control+a");
    await expect(page.getByText("5 selected", { exact: true })).toBeVisible();
    await expect(createButton(page)).toBeDisabled();
    await page.keyboard.press("Escape");
    await expect(page.getByText("None selected")).toBeVisible();
    await readNow(page);
    await expect(grid(page).getByRole("row")).toHaveCount(6);
    const [{ n } = { n: "" }] = await behindTheScreen(
      product,
      async (db) =>
        (await db.query<{ n: string }>("select count(*) as n from payments where client_id = $1", [own.clientId])).rows,
    );
    expect(n).toBe("3");
  });

  test("M46 M49 M61 an invoice made only in the package is counted there and on the Overview, and a note says where credit notes are allocated", async ({
    page,
  }) => {
    await page.goto(`/clients/${own.slug}/import`);
    const only = page.getByRole("region", { name: /^Only in/ });
    await expect(only).toContainText("1 not ours: sales £120.00");
    await expect(only).toContainText("1 may be ours: sales £120.00");
    await expect(only.getByRole("row").filter({ hasText: "THEIRS-9" })).toContainText("Not ours");
    await expect(
      only
        .getByRole("row")
        .filter({ hasText: numbers[4] ?? "" })
        .getByRole("link"),
    ).toHaveAttribute("href", new RegExp(`/clients/${own.slug}/documents/`));
    await expect(page.getByText("Allocate credit notes in each system yourself")).toBeVisible();
    await page.goto(`/clients/${own.slug}`);
    await page.getByRole("link", { name: "1 not ours, sales £120.00; 1 may be ours" }).click();
    await expect(only).toBeVisible();
  });

  test("D4 N21 Create & allocate is undone after it has said what it touches; what is deleted in the package is taken back by itself", async ({
    page,
    product,
  }) => {
    const open = async () =>
      behindTheScreen(product, async (db) => {
        const { rows } = await db.query<{ open: string }>(
          "select gross_minor - paid_minor as open from documents where client_id = $1 and number = $2",
          [own.clientId, numbers[0]],
        );
        return rows[0]?.open;
      });
    await page.goto(`/clients/${own.slug}/import`);
    await rowOf(page, "FULL").click();
    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: /^Undo Create & allocate/ }).click();
    const dialog = page.getByRole("dialog", { name: "Undo Create & allocate" });
    await expect(dialog).toContainText("Undoes 1 payment (sales £120.00) and re-opens 1 document.");
    expect(await open()).toBe("0");
    await dialog.getByRole("button", { name: "Undo 1 payment" }).click();
    await expect(rowOf(page, "FULL")).toContainText("Waiting");
    expect(await open()).toBe("12000");
    await rowOf(page, "FULL").click();
    await createButton(page).click();
    await expect(rowOf(page, "FULL")).toContainText("Payment created and allocated");

    const tokens = (await control(product, "POST", "/xero/tokens", { tenants: [own.tenantId] })) as { access_token: string };
    const { payments } = (await control(product, "GET", `/xero/${own.tenantId}/ledger`)) as {
      payments: { id: string; reference: string }[];
    };
    const gone = await fetch(
      `${product.simulatorUrl}/api.xro/2.0/Payments/${payments.find((payment) => payment.reference === "FULL")?.id}`,
      {
        method: "POST",
        headers: {
          Authorization: `Bearer ${tokens.access_token}`,
          "Xero-Tenant-Id": own.tenantId,
          "Content-Type": "application/json",
          Accept: "application/json",
        },
        body: JSON.stringify({ Status: "DELETED" }),
      },
    );
    expect(gone.status).toBe(200);
    // A slow package: the read is stopped while it is under way, and goes on when it is asked again.
    await control(product, "PATCH", `/xero/${own.tenantId}/settings`, { latencyMs: 1_500 });
    await page.getByRole("button", { name: "Read payments now" }).click();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await expect(page.getByText("The last read was stopped after")).toBeVisible({ timeout: 20_000 });
    await control(product, "PATCH", `/xero/${own.tenantId}/settings`, { latencyMs: 0 });
    await readNow(page);
    await expect(rowOf(page, "FULL")).toContainText("Deleted in Xero after it was created here: our payment was reversed", {
      timeout: 30_000,
    });
    expect(await open()).toBe("12000");
  });

  test("the grid is narrowed by words and by tab, and the address keeps it", async ({ page }) => {
    await page.goto(`/clients/${own.slug}/import`);
    await page.getByLabel("Filter by company, reference or document").fill("both");
    await expect(grid(page).getByRole("row")).toHaveCount(2);
    await expect(page).toHaveURL(/q=both/);
    await page.reload();
    await expect(grid(page).getByRole("row")).toHaveCount(2);
    await page.getByLabel("Filter by company, reference or document").fill("nothing like it");
    await expect(page.getByText("No payment matches")).toBeVisible();
  });

  test("a row opens with why, who fixes it and how", async ({ page }) => {
    await page.goto(`/clients/${own.slug}/import`);
    await rowOf(page, "OTHERS").click();
    await page.keyboard.press("Enter");
    const details = page.getByRole("dialog", { name: "Payment" });
    await expect(details).toContainText("Who fixes it: Bookkeeper, here");
    await expect(details).toContainText("Business Bank Account");
    await page.keyboard.press("Escape");
    await expect(details).toBeHidden();
  });
});

test.describe("a client's own person", () => {
  test.use({ role: "client" });

  test("sees nothing of a client that is not theirs", async ({ page }) => {
    const answer = await page.goto(`/clients/${own.slug}/import`);
    expect(answer?.status()).toBe(404);
  });
});
