import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { isDraftThere } from "#db/queries/postings/outgoing-money.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { markExported } from "./mark.ts";
import { retry } from "./retry.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const one = async (client: SceneClient, reference: string) => ({ ids: [(await client.row(reference)).id] });

/** Every document there under a number. */
async function there(client: SceneClient, number: string) {
  return (await scene.control.ledger(client.tenant, { lines: true })).documents.filter((document) => document.number === number);
}

/** A person changes the document's status in the package. */
async function edit(client: SceneClient, number: string, status: string) {
  const [document] = await there(client, number);
  await scene.control.editDocument(client.tenant, document?.id ?? "", { status });
}

/** Whether the one document of a client counts as a draft that cannot be paid. */
async function countsAsDraft(client: SceneClient) {
  const { rows } = await client.inScope((db) =>
    db.execute<{ draft: boolean }>(
      sql`select ${isDraftThere(client.connectionId, sql`d.id`)} as draft from documents d where d.client_id = ${client.clientId}`,
    ),
  );
  return rows[0]?.draft;
}

/** A client whose documents stand in the package with their ticks. */
async function exported(...numbers: string[]): Promise<SceneClient> {
  const client = await scene.client();
  await client.add(
    ...numbers.map((number) => ({ number, ...(number.startsWith("CN") ? { kind: "sales-credit-note" as const } : {}) })),
  );
  await client.upload();
  await client.work();
  for (const number of numbers) expect((await client.row(number)).state).toBe("confirmed");
  return client;
}

async function settle(client: SceneClient, reference: string, seconds: number, slices = 5) {
  for (let slice = 0; slice < slices && (await client.row(reference)).state === "unknown"; slice += 1) {
    await scene.step(seconds);
    await client.work();
  }
}

describe("a record that the package holds, changed here", () => {
  it.each(["INV-1", "CN-1"])(
    "N41 %s amended: changed there by its id, once, line by line, and ticked by a new read",
    async (number) => {
      const client = await exported(number);
      const [before] = await there(client, number);
      await client.amend(number, 5000n);
      expect(await client.row(number)).toMatchObject({ state: "pending", precheck: "ready", revision: 2 });
      await client.upload(number);
      await client.work();
      expect(await client.row(number)).toMatchObject({ state: "confirmed", revision: 2 });
      const after = await there(client, number);
      expect(after).toMatchObject([{ id: before?.id, gross: "50.00", status: "AUTHORISED" }]);
      expect(after[0]?.lines?.map((line) => line.id)).toEqual(before?.lines?.map((line) => line.id));
      expect(await client.audit("posting.corrected")).toMatchObject([
        {
          subject: number,
          detail: {
            externalId: before?.id,
            changes: expect.arrayContaining([{ field: "Gross", ours: "£50.00", theirs: "£12.00" }]),
          },
        },
      ]);
    },
  );

  it("N41 a renamed customer and product are changed by their ids, and read back", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", lines: [{ product: "MUG" }] });
    await client.upload();
    await client.work();
    await client.rename("C1", "Company One");
    await client.rename("MUG", "Big mug");
    await client.upload();
    await client.work();
    expect((await client.row("C1")).state).toBe("confirmed");
    expect((await client.row("MUG")).state).toBe("confirmed");
    const ledger = await client.ledger();
    expect(ledger.contacts.map((contact) => contact.name)).toEqual(["Company One"]);
    expect(ledger.items).toMatchObject([{ code: "MUG", name: "Big mug" }]);
  });

  it("M53 a change of a customer or product goes when it is chosen, not with a document that names it", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", lines: [{ product: "MUG" }] });
    await client.upload();
    await client.work();
    await client.add({ number: "INV-2", lines: [{ product: "MUG" }] });
    await client.rename("C1", "Company One");
    await client.rename("MUG", "Big mug");
    await client.upload("INV-2");
    await client.work();
    expect((await client.row("INV-2")).state).toBe("confirmed");
    for (const reference of ["C1", "MUG"]) expect(await client.row(reference)).toMatchObject({ state: "pending", revision: 2 });
    expect((await client.ledger()).contacts.map((contact) => contact.name)).toEqual(["Company C1"]);
  });

  it("N41 paid there: refused before anything is sent, nothing changed in silence; once it is open again a retry goes", async () => {
    const client = await exported("INV-1");
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "2.00" });
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    const writes = (await client.writes()).length;
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ panel: "errors", error_code: "package.document-state" });
    expect(JSON.stringify((await client.row("INV-1")).error_detail)).toContain("£2.00 of it is paid");
    expect((await client.writes()).length).toBe(writes);
    // Only a person asks again.
    await client.inScope((db) => releaseMended(db, client.scope));
    expect((await client.row("INV-1")).state).toBe("held");
    const [payment] = (await client.ledger()).payments;
    await client.call("POST", `Payments/${payment?.id}`, { Status: "DELETED" });
    await client.inScope(async (db) => retry(db, client.scope, await one(client, "INV-1")));
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect(await there(client, "INV-1")).toMatchObject([{ gross: "50.00" }]);
  });

  it("N41 voided there: an amendment is refused, never made anew", async () => {
    const client = await exported("INV-1");
    await edit(client, "INV-1", "VOIDED");
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ panel: "errors", error_code: "package.document-state" });
    expect(await there(client, "INV-1")).toMatchObject([{ status: "VOIDED", gross: "12.00" }]);
  });

  it("N41 in a period locked since: refused with the lock, the document as it was", async () => {
    const client = await exported("INV-1");
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.settings({ periodLock: "2026-11-30" });
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ panel: "errors", error_code: "package.period-locked" });
    expect(await there(client, "INV-1")).toMatchObject([{ gross: "12.00" }]);
  });

  it("N20 a draft stays a draft when it is changed, is never green, and is deleted there when it is void here", async () => {
    const client = await scene.client();
    client.postAs("draft");
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "posted", held_as_draft: true });
    client.postAs("authorised");
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "posted", held_as_draft: true, revision: 2 });
    expect(await there(client, "INV-1")).toMatchObject([{ status: "DRAFT", gross: "50.00" }]);
    await client.voidDocument("INV-1");
    await client.upload("INV-1");
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed", revision: 3 });
    expect(await there(client, "INV-1")).toMatchObject([{ status: "DELETED" }]);
  });

  it("N20 approved there meanwhile: the change leaves it approved, and it is green", async () => {
    const client = await scene.client();
    client.postAs("draft");
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.work();
    await edit(client, "INV-1", "AUTHORISED");
    await client.amend("INV-1", 5000n);
    // Nothing has been seen of the approval yet.
    expect(await countsAsDraft(client)).toBe(true);
    await client.upload("INV-1");
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect(await countsAsDraft(client)).toBe(false);
    expect(await there(client, "INV-1")).toMatchObject([{ status: "AUTHORISED", gross: "50.00" }]);
  });

  it("M55 marked as exported: an amended record that the package holds never goes", async () => {
    const client = await exported("INV-1");
    await client.amend("INV-1", 5000n);
    await client.inScope(async (db) => markExported(db, client.scope, await one(client, "INV-1"), "Changed there by hand"));
    await client.amend("INV-1", 6000n);
    expect(await client.row("INV-1")).toMatchObject({ state: "skipped", revision: 3 });
    const writes = (await client.writes()).length;
    await expect(client.upload()).rejects.toThrow();
    await client.work();
    expect((await client.writes()).length).toBe(writes);
    expect(await there(client, "INV-1")).toMatchObject([{ gross: "12.00" }]);
  });
});

describe("void or deleted in the operational system", () => {
  it.each(["INV-1", "CN-1"])(
    "N41 %s, open there: voided by its id, whatever the mapping says now, and ticked when seen so",
    async (number) => {
      const client = await exported(number);
      await client.inScope((db) => db.execute(sql`delete from mapping_rows where client_id = ${client.clientId}`));
      await client.voidDocument(number);
      expect(await client.row(number)).toMatchObject({ state: "pending", precheck: "ready" });
      await client.upload(number);
      await client.work();
      expect(await client.row(number)).toMatchObject({ state: "confirmed", revision: 2 });
      expect(await there(client, number)).toMatchObject([{ status: "VOIDED" }]);
    },
  );

  it("N41 paid there: refused in words, and it stands", async () => {
    const client = await exported("INV-1");
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "12.00" });
    await client.voidDocument("INV-1");
    await client.upload("INV-1");
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ panel: "errors", error_code: "package.document-state" });
    expect(JSON.stringify((await client.row("INV-1")).error_detail)).toContain("paid");
    expect(await there(client, "INV-1")).toMatchObject([{ status: "PAID" }]);
  });

  it("N41 voided there by hand already: nothing is sent, the read is the evidence", async () => {
    const client = await exported("INV-1");
    await edit(client, "INV-1", "VOIDED");
    await client.voidDocument("INV-1");
    await client.upload("INV-1");
    const writes = (await client.writes()).length;
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed", revision: 2 });
    expect((await client.writes()).length).toBe(writes);
  });

  it("N41 void before it was ever sent: set aside, and never made there", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" });
    await client.voidDocument("INV-1");
    expect(await client.row("INV-1")).toMatchObject({ state: "pending", panel: "aside" });
    await client.upload();
    await client.work();
    expect(await there(client, "INV-1")).toEqual([]);
    expect((await client.row("INV-2")).state).toBe("confirmed");
  });
});

describe("a change whose outcome is not known", () => {
  it.each(["N05", "P06", "N13"])("N41 L4 %s, it was done: found by its id and ticked, not sent again", async (fault) => {
    const client = await exported("INV-1");
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.faults({ name: fault, call: 1, method: "POST", commit: true });
    const writes = (await client.writes()).length;
    await client.work();
    expect((await client.row("INV-1")).state).toBe("unknown");
    await settle(client, "INV-1", 400);
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed", revision: 2 });
    expect((await client.writes()).length).toBe(writes + 1);
    expect(await there(client, "INV-1")).toMatchObject([{ gross: "50.00" }]);
  });

  it("N41 L4 P05, it was not done: the old one is seen, time is given, and it goes again under the next generation", async () => {
    const client = await exported("INV-1");
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.faults({ name: "P05", call: 1, method: "POST" });
    await client.work();
    await scene.step(15);
    await client.work();
    // The package may still be at work on it.
    expect(await client.row("INV-1")).toMatchObject({ state: "unknown", generation: 1 });
    await settle(client, "INV-1", 400);
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed", generation: 2, revision: 2 });
    expect(await there(client, "INV-1")).toMatchObject([{ gross: "50.00" }]);
  });

  it("N41 neither the change nor what stood before: a person decides, nothing is overwritten", async () => {
    const client = await exported("INV-1");
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.faults({ name: "P05", call: 1, method: "POST" });
    await client.work();
    const [document] = await there(client, "INV-1");
    await scene.control.editDocument(client.tenant, document?.id ?? "", { gross: "13.00" });
    await settle(client, "INV-1", 400);
    expect(await client.row("INV-1")).toMatchObject({
      state: "conflict",
      error_detail: { value: document?.id, candidates: [document?.id] },
    });
    expect(await there(client, "INV-1")).toMatchObject([{ gross: "13.00" }]);
  });

  it("BB8 a conflict of before names its candidates as a list", async () => {
    const client = await exported("INV-1");
    const folder = join(import.meta.dirname, "..", "..", "db", "migrations");
    const [file = ""] = readdirSync(folder).filter((name) => name.endsWith("_conflict_candidates.sql"));
    const owner = new pg.Client({ connectionString: scene.ownerUrl });
    const [one, two] = ["A-1", "B-2"];
    await owner.connect();
    try {
      await owner.query("begin");
      await owner.query("select set_config('app.all_clients', 'on', true)");
      await owner.query("alter table postings disable trigger user");
      const row = "client_id = $1 and reference = 'INV-1' and current";
      const old = JSON.stringify({ value: `${one}, ${two}`, subject: "two of them" });
      await owner.query(`update postings set state = 'conflict', error_detail = $2::jsonb where ${row}`, [client.clientId, old]);
      await owner.query("alter table postings enable trigger user");
      for (const statement of readFileSync(join(folder, file), "utf8").split("--> statement-breakpoint"))
        await owner.query(statement);
      await owner.query("select set_config('app.all_clients', 'on', true)");
      const { rows } = await owner.query(`select error_detail as detail from postings where ${row}`, [client.clientId]);
      expect(rows).toEqual([{ detail: { value: `${one}, ${two}`, candidates: [one, two], subject: "two of them" } }]);
    } finally {
      await owner.query("rollback");
      await owner.end();
    }
  });

  it("N41 a renamed product whose answer is lost is found by its id", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", lines: [{ product: "MUG" }] });
    await client.upload();
    await client.work();
    await client.rename("MUG", "Big mug");
    await client.upload("MUG");
    await client.faults({ name: "N05", call: 1, method: "POST" });
    await client.work();
    expect((await client.row("MUG")).state).toBe("unknown");
    await settle(client, "MUG", 400);
    expect((await client.row("MUG")).state).toBe("confirmed");
  });
});
