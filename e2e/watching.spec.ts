import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { connectAndRead, mapCodes, rowsOf } from "./export-scene.ts";
import { expect, test } from "./fixtures.ts";
import { addInvoices, makeOwnClient, type OwnClient } from "./own-client.ts";
import { received } from "./receivers.ts";

test.describe.configure({ mode: "serial" });
test.use({ role: "staff" });

let own: OwnClient;
test.beforeAll(async ({ product }) => {
  own = await makeOwnClient(product);
  await addInvoices(product, own, ["4000"]);
  await connectAndRead(product, own);
  await mapCodes(product, own, ["4000"]);
});

test("a probe asks web without a session, and figures of both processes are given to who has the token", async ({ product }) => {
  for (const path of ["/healthz", "/readyz"]) {
    for (const base of [product.url, `http://127.0.0.1:${product.metricsPort}`, `http://127.0.0.1:${product.metricsPort + 1}`]) {
      expect((await fetch(`${base}${path}`, { redirect: "manual" })).status, `${base}${path}`).toBe(200);
    }
  }
  for (const port of [product.metricsPort, product.metricsPort + 1]) {
    const ask = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${port}/metrics`, { headers });
    expect((await ask({})).status).toBe(401);
    const text = await (await ask({ Authorization: `Bearer ${product.metricsToken}` })).text();
    expect(text).toContain("sync_audit_chain_ok 1");
    expect(text).toContain('sync_connections{provider="xero",state="live"}');
    expect(text).not.toContain(own.tenantId);
    expect(text).not.toContain(own.slug);
  }
});

test("one trace goes from the click on Upload data over the worker to the tick", async ({ page, product }) => {
  test.setTimeout(150_000);
  await page.goto(`/clients/${own.slug}/export`);
  await rowsOf(page, "Pending Export").filter({ hasText: "Sales invoice" }).first().click();
  await page.getByRole("button", { name: "Upload data (1)" }).click();
  await expect(
    rowsOf(page, "Exported Successfully").filter({ hasText: "Sales invoice" }).locator('[data-tick="confirmed"]'),
  ).toBeVisible({
    timeout: 90_000,
  });
  await expect
    .poll(
      async () => {
        const { spans } = await received(product);
        const mine = new Set(
          spans
            .filter((span) =>
              span.attributes.some((one) => one.key === "greentick.client_id" && one.value.stringValue === own.clientId),
            )
            .map((span) => span.traceId),
        );
        return spans
          .filter((span) => mine.has(span.traceId))
          .flatMap((span) => [`${span.service} ${span.name}`, ...span.events.map((event) => event.name)]);
      },
      { timeout: 20_000 },
    )
    .toEqual(
      expect.arrayContaining([
        "greentick-web action export.upload",
        "greentick-worker posting.send",
        "greentick-worker provider.call",
        "greentick-worker posting.confirm",
        "tick",
      ]),
    );
});

test("D8 what was exported goes to the operational system as a file, the same until it is acknowledged", async ({ page }) => {
  await page.goto(`/clients/${own.slug}/import`);
  await page.getByRole("link", { name: "Export to operational system" }).click();
  await expect(page.getByText(/\d lines not yet in a file/)).toBeVisible();
  const bytes: Buffer[] = [];
  for (const name of ["Download the next file", "Download file 1 again"]) {
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe(`${own.slug}-handover-000001.csv`);
    bytes.push(readFileSync(await file.path()));
  }
  const [first = Buffer.alloc(0), second] = bytes;
  expect(first.equals(second ?? Buffer.alloc(1))).toBe(true);
  expect(first.toString("utf8")).toMatch(/link,live,sales-invoice,INV-/);
  const row = page.getByRole("row").filter({ hasText: "Acknowledge file 1" });
  await expect(row.locator("code")).toHaveAttribute("title", createHash("sha256").update(first).digest("hex"));
  await row.getByRole("button", { name: "Acknowledge file 1" }).click();
  await page.getByRole("button", { name: /It has read \d+ lines/ }).click();
  await expect(page.getByRole("cell", { name: /^Acknowledged .* by Demo staff/ })).toBeVisible();
  await expect(page.getByRole("button", { name: "Download the next file" })).toBeDisabled();
});

test("N31 a person sends a test to oneself, and sees how it went", async ({ page, product }) => {
  await page.goto("/settings/alerts");
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Greentick: a test" }).getByText("Sent")).toBeVisible({ timeout: 20_000 });
  const tests = (await received(product)).mails.filter((mail) => mail.raw.includes("Subject: Greentick: a test"));
  expect(tests.map((mail) => mail.to)).toContain("staff@demo.greentick.test");
});
