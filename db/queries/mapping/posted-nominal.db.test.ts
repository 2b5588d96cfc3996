import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { schema } from "#db/client.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { makePostingScene } from "#lib/testing/posting-scene.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;

beforeAll(async () => {
  scene = await makePostingScene();
});
afterAll(async () => scene?.close());

async function clientWithStock() {
  const client = await scene.client();
  await client.inScope((db) =>
    db.insert(schema.nominalCodes).values([
      { clientId: client.clientId, code: "1001", name: "Stock", kind: "stock" },
      { clientId: client.clientId, code: "5001", name: "Cost of sale", kind: "cost-of-sale" },
    ]),
  );
  // Mapped all the same: it makes no difference.
  await client.map("nominal", "1001", "630");
  await client.map("nominal", "5001", "310");
  return client;
}

describe("M50 stock and cost-of-sale nominals are never used, even if mapped", () => {
  it.each([
    ["sales-invoice", "200"],
    ["bill", "310"],
  ] as const)(
    "M50 a product with a stock nominal posts its full value of a %s to its own nominal, total unchanged",
    async (kind, account) => {
      const client = await clientWithStock();
      const taxCode = kind === "bill" ? "PSTD" : "STD";
      await client.add({ number: "DOC-1", kind, lines: [{ product: "W-1", nominalCode: "1001", taxCode }, { taxCode }] });
      await client.inScope((db) =>
        db.execute(sql`
        update products set sales_nominal_code = '4000', purchase_nominal_code = '5000', stock_nominal_code = '1001', revision = revision
        where client_id = ${client.clientId}`),
      );
      await client.inScope((db) => releaseMended(db, client.scope));
      expect((await client.row("DOC-1")).precheck).not.toBe("blocked");
      await client.upload();
      await client.work();
      expect(await client.row("DOC-1")).toMatchObject({ state: "confirmed", differences: null });
      const { documents } = await scene.control.ledger(client.tenant, { lines: true });
      expect(documents).toMatchObject([
        {
          gross: "24.00",
          lines: [
            { account, amount: "10.00" },
            { account, amount: "10.00" },
          ],
        },
      ]);
    },
  );

  it.each(["1001", "5001"])(
    "M50 a line whose only nominal is %s blocks the document by name, and nothing is sent",
    async (code) => {
      const client = await clientWithStock();
      await client.add({ number: "INV-1", lines: [{}, { product: "W-1", nominalCode: code }] });
      expect(await client.row("INV-1")).toMatchObject({ precheck: "blocked", precheck_code: "rule.stock-nominal-not-used" });
      await client.upload();
      await client.work();
      expect(await client.row("INV-1")).toMatchObject({
        state: "held",
        error_code: "rule.stock-nominal-not-used",
        error_detail: {
          field: "lines[1].nominalCode",
          value: code,
          subject: `line 2, "${code === "1001" ? "Stock" : "Cost of sale"}"`,
        },
      });
      expect((await client.ledger()).documents).toEqual([]);
    },
  );
});
