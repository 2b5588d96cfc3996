import type { Browser } from "@playwright/test";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import { makeExportScene, mapCodes, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { behindTheScreen, type OwnClient } from "./own-client.ts";
import { signIn } from "./people.ts";
import type { Product } from "./product.ts";

/** One person uploads the first invoice that waits and sees its tick; answers its number and every address that their browser asked. */
async function uploadAs(product: Product, browser: Browser, own: OwnClient, role: "staff" | "adviser") {
  const context = await browser.newContext({ baseURL: product.url, storageState: undefined });
  const asked: string[] = [];
  context.on("request", (request) => asked.push(request.url()));
  const page = await context.newPage();
  await signIn(page, `${role}@demo.greentick.test`, product.password);
  await page.goto(`/clients/${own.slug}/export`);
  const waiting = rowsOf(page, "Pending Export").filter({ hasText: "Sales invoice" }).first();
  const number = (await waiting.locator('[data-column="number"]').textContent()) ?? "";
  await waiting.click();
  await page.getByRole("button", { name: "Upload data (1)" }).click();
  const row = rowsOf(page, "Exported Successfully").filter({ hasText: number });
  await expect(row.locator('[data-tick="confirmed"]')).toBeVisible({ timeout: 120_000 });
  await expect(row).toContainText(`Uploaded by Demo ${role}`);
  await context.close();
  return { number, asked };
}

test("M38 one package sign-in serves all staff: staff without any package login upload, the package sees one user, the audit names the person", async ({
  browser,
  product,
}) => {
  test.setTimeout(300_000);
  const simulator = simulatorControl(product.simulatorUrl, "xero");
  const own = await makeExportScene(product, ["4000", "4000"]);
  await mapCodes(product, own, ["4000"]);
  const connecting = (await simulator.calls(own.tenantId)).at(-1)?.n ?? 0;

  const staff = await uploadAs(product, browser, own, "staff");
  const adviser = await uploadAs(product, browser, own, "adviser");
  // Nobody but the administrator ever stood at the package's door.
  expect([...staff.asked, ...adviser.asked].filter((url) => !url.startsWith(product.url))).toEqual([]);

  const calls = await simulator.calls(own.tenantId);
  expect(calls.filter((call) => call.n > connecting && call.committed > 0).length).toBeGreaterThan(1);
  expect(new Set(calls.map((call) => call.user)).size).toBe(1);
  const { documents } = await simulator.ledger(own.tenantId);
  expect(documents.map((document) => document.number).sort()).toEqual([staff.number, adviser.number].sort());

  const uploads = await behindTheScreen(product, async (db) => {
    const { rows } = await db.query<{ actor: string; email: string }>(
      `select a.actor, u.email from audit_events a join users u on u.id = a.actor_user_id
       where a.client_id = $1 and a.action = 'export.upload' order by a.seq`,
      [own.clientId],
    );
    return rows;
  });
  expect(uploads).toEqual([
    { actor: "Demo staff <staff@demo.greentick.test>", email: "staff@demo.greentick.test" },
    { actor: "Demo adviser <adviser@demo.greentick.test>", email: "adviser@demo.greentick.test" },
  ]);
});
