import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { schema } from "#db/client.ts";
import { workOn } from "#lib/jobs/time-slice.ts";
import { enterJournal, enterJournals, type JournalEntry } from "#lib/operational/journals.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;

beforeAll(async () => {
  scene = await makePostingScene("own");
});
afterAll(async () => scene?.close());

async function aClient() {
  const client = await scene.client();
  await client.inScope((db) =>
    db.insert(schema.nominalCodes).values([
      { clientId: client.clientId, code: "7000", name: "Rent", kind: "other" },
      { clientId: client.clientId, code: "2109", name: "Accruals", kind: "other" },
      { clientId: client.clientId, code: "1001", name: "Stock", kind: "stock" },
      { clientId: client.clientId, code: "1100", name: "Debtors", kind: "control" },
    ]),
  );
  await client.map("nominal", "7000", "469");
  await client.map("nominal", "2109", "850");
  return client;
}

const accrual = (over: Partial<JournalEntry> = {}): JournalEntry => ({
  reference: "J-1",
  narration: "Rent for November",
  journalOn: "2026-11-30",
  lines: [
    { nominalCode: "7000", description: "Rent", amountMinor: 90_000n },
    { nominalCode: "2109", description: "", amountMinor: -60_000n },
    { nominalCode: "2109", description: "", amountMinor: -30_000n },
  ],
  ...over,
});

const enter = (client: SceneClient, ...entries: JournalEntry[]) =>
  client.inScope((db) => enterJournals(db, client.scope, entries));

/** Journals in the package's books. */
async function inBooks(client: SceneClient): Promise<readonly Record<string, unknown>[]> {
  const ledger: object = await client.ledger();
  return "journals" in ledger && Array.isArray(ledger.journals) ? ledger.journals : [];
}

describe("M19 journals", () => {
  it("M19 a balanced journal is in the ledger once, posted, and confirmed by a read of its own", async () => {
    const client = await aClient();
    expect((await enter(client, accrual())).refused).toEqual([]);
    expect(await client.row("J-1")).toMatchObject({ kind: "journal", state: "pending", precheck: "ready" });
    await client.upload("J-1");
    await client.work();
    expect(await client.row("J-1")).toMatchObject({ state: "confirmed", differences: null });
    expect(await inBooks(client)).toMatchObject([{ narration: "J-1 Rent for November", date: "2026-11-30", status: "POSTED" }]);
    await client.work();
    expect(await inBooks(client)).toHaveLength(1);
    expect((await enter(client, accrual({ narration: "Another" }))).refused).toMatchObject([{ code: "package.document-state" }]);
  });

  it.each([
    ["unbalanced", [90_000n, -60_000n], ["7000", "2109"], "source.totals-do-not-add", "debits are £300.00 more"],
    ["with a leg on stock", [100n, -100n], ["7000", "1001"], "rule.stock-nominal-not-used", "Line 2: Nominal code 1001 Stock"],
    [
      "with a leg on a control account",
      [100n, -100n],
      ["1100", "7000"],
      "rule.control-nominal",
      "Line 1: Nominal code 1100 Debtors",
    ],
    ["with a leg on a bank", [100n, -100n], ["1200", "7000"], "mapping.account-wrong-type", "enter a payment instead"],
    ["of one leg", [100n], ["7000"], "source.required-field", "at least two lines"],
  ] as const)("M19 a journal %s is refused whole, never in part", async (_, amounts, codes, code, words) => {
    const client = await aClient();
    const lines = amounts.map((amountMinor, index) => ({ nominalCode: codes[index] ?? "", description: "", amountMinor }));
    await expect(client.inScope((db) => enterJournal(db, client.scope, accrual({ lines })))).rejects.toThrow(words);
    expect((await enter(client, accrual({ lines }))).refused).toMatchObject([{ code }]);
    expect(await client.rows()).toEqual([]);
  });

  it("M19 a nominal that became a stock code, or lost its mapping, since the journal was entered holds it: nothing is sent in part", async () => {
    const client = await aClient();
    await enter(client, accrual(), accrual({ reference: "J-2" }));
    await client.inScope((db) =>
      db.execute(sql`update nominal_codes set kind = 'stock' where client_id = ${client.clientId} and code = '2109'`),
    );
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.upload();
    expect(await client.row("J-1")).toMatchObject({
      state: "held",
      error_code: "rule.stock-nominal-not-used",
      error_detail: { value: "2109", subject: 'line 2, "Accruals"' },
    });
    await client.work();
    expect(await inBooks(client)).toEqual([]);
  });

  it.each(["N05", "P06", "P05"])("N2 %s on the journal's call: it ends with one journal and a tick", async (fault) => {
    const client = await aClient();
    await enter(client, accrual());
    await client.upload();
    await client.faults({ name: fault, call: 1, method: "PUT" });
    await client.work();
    expect((await client.row("J-1")).state).toBe("unknown");
    for (let slice = 0; slice < 6 && (await client.row("J-1")).state !== "confirmed"; slice += 1) {
      await scene.step(700);
      await client.work();
    }
    expect((await client.row("J-1")).state).toBe("confirmed");
    expect(await inBooks(client)).toHaveLength(1);
  });

  it("a consent without the permission for journals refuses the journal and leaves the connection alive", async () => {
    const client = await aClient();
    await client.add({ number: "INV-1" });
    await enter(client, accrual());
    const { access_token } = await scene.control.tokens([client.tenant], {
      scope: "offline_access accounting.invoices accounting.payments accounting.contacts accounting.settings.read",
    });
    await client.upload();
    const world = client.worldFor(await client.lease());
    await workOn({ ...world, token: async () => ({ value: access_token, version: 1 }) }, 30_000);
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect(await client.row("J-1")).toMatchObject({ state: "rejected", error_code: "connection.scope-missing" });
    expect(client.lost()).toBeNull();
  });

  it("D07 in a new database instance, a journal that was sent already is found by its address and linked; a look-alike of somebody's is not", async () => {
    const client = await aClient();
    await enter(client, accrual(), accrual({ reference: "J-2" }));
    const ids = new Map((await client.rows()).map((row) => [row.reference, row]));
    const record = async (reference: string) => {
      const { rows } = await client.inScope((db) =>
        db.execute<{ record_id: string }>(sql`select record_id from postings where id = ${ids.get(reference)?.id}`),
      );
      return rows[0]?.record_id ?? "";
    };
    const there = (narration: string, url: string | undefined) =>
      client.call("PUT", "ManualJournals", {
        Narration: narration,
        Date: "2026-11-30",
        Status: "POSTED",
        ...(url ? { Url: url } : {}),
        JournalLines: [
          { LineAmount: 900, AccountCode: "469" },
          { LineAmount: -900, AccountCode: "850" },
        ],
      });
    await there("J-1 Rent for November", client.worldFor(0n).urlOf(await record("J-1"), "journals"));
    await there("J-2 Rent for November", undefined);
    await scene.anotherInstance();
    await client.upload("J-1", "J-2");
    await client.work();
    expect(await client.row("J-1")).toMatchObject({ state: "queued", error_code: "transient.after-start" });
    await scene.step(400);
    await client.work();
    expect((await client.row("J-1")).state).toBe("confirmed");
    expect((await client.row("J-2")).state).toBe("confirmed");
    expect((await inBooks(client)).map(({ narration }) => narration).toSorted()).toEqual([
      "J-1 Rent for November",
      "J-2 Rent for November",
      "J-2 Rent for November",
    ]);
  });
});
