import { sql } from "drizzle-orm";
import { afterAll, expect, it } from "vitest";
import { createAndAllocate } from "#lib/allocating/create.ts";
import { requestPull } from "#lib/pulling/request.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { QUICKBOOKS_SCENE } from "#lib/testing/scene-package.ts";

const scene = await makePostingScene("shared", QUICKBOOKS_SCENE);
afterAll(() => scene.close());

async function inPackage(
  client: SceneClient,
  path: string,
  body: object,
): Promise<{ Payment: { Id: string; SyncToken: string } }> {
  const { access_token } = await scene.control.tokens([client.tenant]);
  const answer = await fetch(`${scene.simulator.url}/quickbooks-online/v3/company/${client.tenant}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return answer.json();
}

async function read(client: SceneClient): Promise<void> {
  await scene.step(60);
  await client.inScope((db) => requestPull(db, client.scope));
  await client.work();
}

/** Two invoices that one payment made there pays, created and allocated here. */
async function paidTogether() {
  const client = await scene.client();
  await client.add({ number: "INV-1" }, { number: "INV-2" });
  await client.upload();
  for (let turns = 0; turns < 5; turns += 1) {
    await client.work();
    await scene.step(700);
  }
  const { documents } = await client.ledger();
  const [one, two] = ["INV-1", "INV-2"].map((number) => documents.find((each) => each.number === number));
  const link = (Amount: number, TxnId = "") => ({ Amount, LinkedTxn: [{ TxnId, TxnType: "Invoice" }] });
  const { rows } = await client.inScope((db) =>
    db.execute<{ id: string }>(
      sql`select external_id as id from package_accounts where connection_id = ${client.connectionId} and code = '090'`,
    ),
  );
  const body = {
    DepositToAccountRef: { value: rows[0]?.id },
    CustomerRef: { value: one?.contactId },
    TxnDate: "2026-11-05",
    TotalAmt: 12,
    Line: [link(5, one?.id), link(7, two?.id)],
  };
  const { Payment } = await inPackage(client, "/payment", body);
  await read(client);
  await client.inScope((db) =>
    createAndAllocate(db, client.scope, { filter: {}, exceptIds: [], count: 0, asOf: "2199-01-01T00:00:00Z" }),
  );
  await client.work();
  const held = { Id: Payment.Id, SyncToken: Payment.SyncToken };
  return { client, held, moved: { ...body, ...held, sparse: true, Line: [link(12, one?.id)] } };
}

const openOn = async (client: SceneClient) => {
  const { rows } = await client.inScope((db) =>
    db.execute<{ open: string }>(
      sql`select gross_minor - paid_minor as open from documents where client_id = ${client.clientId} order by number`,
    ),
  );
  return rows.map(({ open }) => open);
};

const movements = async (client: SceneClient) => {
  const { rows } = await client.inScope((db) =>
    db.execute(sql`
      select h.status, coalesce(sum(l.amount_minor) filter (where l.status = 'live'), 0)::text as live
      from incoming_payments h left join incoming_payment_lines l on l.incoming_payment_id = h.id
      where h.client_id = ${client.clientId} group by h.id`),
  );
  return rows;
};

it.each([
  ["deleted", "/payment?operation=delete"],
  ["voided", "/payment?operation=update&include=void"],
])("a payment of two invoices that is %s there is taken back here, whole", async (_how, path) => {
  const { client, held } = await paidTogether();
  expect(await openOn(client)).toEqual(["700", "500"]);
  await inPackage(client, path, { ...held, sparse: true });
  await read(client);
  expect(await openOn(client)).toEqual(["1200", "1200"]);
  expect(await movements(client)).toEqual([{ status: "deleted-in-package", live: "0" }]);
});

it("a payment of two invoices that is moved onto one there counts once", async () => {
  const { client, moved } = await paidTogether();
  await inPackage(client, "/payment", moved);
  await read(client);
  expect(await movements(client)).toEqual([{ status: "failed", live: "1200" }]);
});
