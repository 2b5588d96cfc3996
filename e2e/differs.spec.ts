import type { Locator, Page } from "@playwright/test";
import { type SimulatorControl, simulatorControl } from "#lib/simulator/control-client.ts";
import { makeExportScene, mapCodes, panelOf, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { behindTheScreen, type OwnClient } from "./own-client.ts";

test.describe.configure({ mode: "serial" });
test.use({ role: "staff" });

let own: OwnClient;
let simulator: SimulatorControl;
test.beforeAll(async ({ product }) => {
  test.setTimeout(120_000);
  simulator = simulatorControl(product.simulatorUrl, "xero");
  own = await makeExportScene(product, ["4000", "4000", "4000"]);
  await mapCodes(product, own, ["4000"]);
});
test.beforeEach(async ({ page }) => {
  test.setTimeout(180_000);
  await page.goto(`/clients/${own.slug}/export`);
  await expect(page.getByRole("grid", { name: "Pending Export" })).toBeVisible();
});
test.afterEach(async () => {
  await simulator.faults(own.tenantId, []);
});

/** Uploads the first invoice that waits, with its customer before it; answers its number. */
async function uploadOne(page: Page): Promise<string> {
  const row = rowsOf(page, "Pending Export").filter({ hasText: "Sales invoice" }).first();
  const number = (await row.locator('[data-column="number"]').textContent()) ?? "";
  await row.click();
  await page.getByRole("button", { name: "Upload data (1)" }).click();
  await expect(page.getByText(/Run \d+: \d on their way/)).toBeVisible();
  return number;
}

const heldUnder = async (number: string) =>
  (await simulator.ledger(own.tenantId)).documents.filter((document) => document.number === number);

/** Whether an icon is drawn in one of the look's colours, whatever the scheme makes of it. */
async function expectColour(icon: Locator, name: "--gt-amber" | "--gt-blue" | "--gt-green"): Promise<void> {
  const [seen, wanted] = await icon.evaluate((element, token) => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(${token})`;
    const found = [getComputedStyle(element).color, getComputedStyle(probe).color];
    probe.remove();
    return found;
  }, name);
  expect(seen).toBe(wanted);
}

/** Notes on the page itself if a document's row has a green tick for as much as one drawing. */
const watchForGreen = (page: Page, number: string) =>
  page.evaluate((wanted) => {
    new MutationObserver(() => {
      for (const tick of document.querySelectorAll('[data-row-index] [data-tick="confirmed"]')) {
        if (tick.closest("[data-row-index]")?.textContent?.includes(wanted)) document.body.dataset.wasGreen = wanted;
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  }, number);

test("L1 a document altered in the package before it is read is amber with both values and never green", async ({
  page,
  product,
}) => {
  // The package's lists lag behind the write, which leaves the time to alter it before it is read back.
  await simulator.faults(own.tenantId, [{ name: "P14", rate: 1, method: "PUT", path: "/Invoices", delayMs: 8_000 }]);
  const number = await uploadOne(page);
  await watchForGreen(page, number);
  const row = rowsOf(page, "Exported Successfully").filter({ hasText: number });
  await expect(row.locator('[data-tick="posted"]')).toBeVisible({ timeout: 60_000 });
  const [held] = await heldUnder(number);
  expect(held?.gross).toBe("120.00");
  await simulator.editDocument(own.tenantId, held?.id ?? "", { gross: "120.01" });

  const differs = row.getByRole("button", { name: "Differs by £0.01" });
  await expect(differs).toBeVisible({ timeout: 90_000 });
  await expect(row.locator("[data-tick]")).toHaveAttribute("data-tick", "drifted");
  await expectColour(row.locator('[data-tick="drifted"] svg'), "--gt-amber");
  await differs.click();
  const both = page.getByRole("table").filter({ hasText: "what was sent, and what Xero holds" });
  await expect(both.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "Gross" }) })).toContainText(
    /120\.00.*120\.01/,
  );
  const states = await behindTheScreen(product, async (db) => {
    const { rows } = await db.query<{ state: string }>("select state from postings where client_id = $1 and reference = $2", [
      own.clientId,
      number,
    ]);
    return rows;
  });
  expect(states).toEqual([{ state: "drifted" }]);
  expect(await page.evaluate(() => document.body.dataset.wasGreen)).toBeUndefined();
});

test("L4 N2 N3 a reply lost after commit shows as Checking in blue, and ends with one document and a green tick", async ({
  page,
}) => {
  // Every answer to a write of invoices is lost, those to its repeats under the same key too.
  await simulator.faults(own.tenantId, [{ name: "N05", rate: 1, method: "PUT", path: "/Invoices" }]);
  const number = await uploadOne(page);
  const cause = panelOf(page, "Error Feedback").getByRole("listitem").filter({ hasText: number });
  await expect(cause).toContainText("The connection was lost after sending", { timeout: 60_000 });
  await expect(cause).toContainText("It is not sent again");
  await expect(cause.getByRole("button", { name: "Look now" })).toBeVisible();
  await expectColour(cause.getByLabel("Checking"), "--gt-blue");
  await expect(rowsOf(page, "Exported Successfully").filter({ hasText: number })).toHaveCount(0);
  await expect(rowsOf(page, "Pending Export").filter({ hasText: number })).toHaveCount(0);
  expect(await heldUnder(number)).toHaveLength(1);

  // Past the time for which the package knows the key: only a look at what it holds can settle it now. The clock is not
  // set back afterwards: what was stamped meanwhile would lie in the future for every spec that follows.
  const { now } = await simulator.clock();
  await simulator.setClock({ now: new Date(Date.parse(now) + 7 * 60_000).toISOString(), scale: 1 });
  const row = rowsOf(page, "Exported Successfully").filter({ hasText: number });
  await expect(row.locator('[data-tick="confirmed"]')).toBeVisible({ timeout: 90_000 });
  await expectColour(row.locator('[data-tick="confirmed"] svg'), "--gt-green");
  await expect(cause).toHaveCount(0);
  expect(await heldUnder(number)).toHaveLength(1);
  const written = (await simulator.calls(own.tenantId))
    .filter((call) => call.method === "PUT" && call.path.includes("/Invoices") && call.fault === "N05")
    .reduce((sum, call) => sum + call.committed, 0);
  expect(written).toBe(1);
});

test("L1 a draft is shown as held as draft, never green", async ({ page, product }) => {
  await behindTheScreen(product, (db) =>
    db.query("update connections set settings = '{\"postAs\": \"draft\"}' where client_id = $1 and state = 'live'", [
      own.clientId,
    ]),
  );
  const number = await uploadOne(page);
  const row = rowsOf(page, "Exported Successfully").filter({ hasText: number });
  await expect(row).toContainText("Held as draft", { timeout: 90_000 });
  await expect(row.locator('[data-tick="confirmed"]')).toHaveCount(0);
  const [held] = await heldUnder(number);
  expect(held?.status).toBe("DRAFT");
  await panelOf(page, "Exported Successfully").getByLabel("Show by tick").selectOption({ label: "Held as draft" });
  await expect(row).toHaveCount(1);
  await panelOf(page, "Exported Successfully").getByLabel("Show by tick").selectOption({ label: "Agrees with Xero" });
  await expect(row).toHaveCount(0);
});

test("FD19 differences are decided for a selection, with what it does shown first and the result after", async ({
  page,
}, info) => {
  const panel = panelOf(page, "Exported Successfully");
  await panel.getByLabel("Show by tick").selectOption({ label: "Differs" });
  const rows = rowsOf(page, "Exported Successfully");
  await expect(rows).toHaveCount(1);
  const number = (await rows.first().locator('[data-column="number"]').textContent()) ?? "";
  const choose = async (way: string) => {
    await rows.first().focus();
    await page.keyboard.press("Control+a");
    await expect(panel).toContainText("1 selected");
    await panel.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: way }).click();
    return page.getByRole("dialog", { name: way });
  };
  const keep = await choose("Keep Xero\u2019s version");
  await expect(keep.getByRole("row").filter({ hasText: "Gross" })).toContainText(/120\.00.*120\.01/);
  await expect(keep).toContainText("nothing is sent");
  await page.screenshot({ path: info.outputPath("keep.png") });
  await keep.getByRole("button", { name: "Keep Xero\u2019s version (1)" }).click();
  await expect(keep).toContainText("Xero\u2019s version of 1 record is kept.");
  await keep.getByRole("button", { name: "Close", exact: true }).last().click();
  await expect(rows.first()).toContainText("accepted");

  const send = await choose("Send ours again");
  await expect(send).toContainText("Our version overwrites Xero’s version of 1 record.");
  await send.getByRole("button", { name: "Send ours again (1)" }).click();
  await expect(send).toContainText(/Run \d+: 1 record on its way again\./);
  await send.getByRole("button", { name: "Close", exact: true }).last().click();
  await panel.getByLabel("Show by tick").selectOption({ label: "All ticks" });
  await expect(rows.filter({ hasText: number }).locator('[data-tick="confirmed"]')).toBeVisible({ timeout: 90_000 });
});
