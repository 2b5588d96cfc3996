import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { addAuditEvent, verifyChain } from "#db/queries/people/audit.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import type { ConfirmRequest } from "#lib/connectors/types.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { confirmPosted } from "./confirm.ts";
import { lookNow } from "./look-now.ts";
import { markExported, undoMark, withdraw } from "./mark.ts";
import { retry } from "./retry.ts";
import { settleUnknown } from "./settle.ts";
import type { PostingWorld } from "./world.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const one = async (client: SceneClient, reference: string) => ({ ids: [(await client.row(reference)).id] });
const count = async (client: SceneClient, number: string) =>
  (await client.ledger()).documents.filter((document) => document.number === number).length;

describe("documents on their way to Xero", () => {
  it("M53 M56 L1 M58 uploads chosen rows, contacts and products first, and gives the tick after an independent read", async () => {
    const client = await scene.client();
    await client.add(
      {
        number: "INV-1",
        contact: "C1",
        lines: [{ product: "MUG" }, { netMinor: 2025n, taxMinor: 405n, quantity: "2", unitPrice: "10.125" }],
      },
      { number: "INV-2", contact: "C2" },
      { number: "CN-1", kind: "sales-credit-note", contact: "C1" },
      { number: "P-1", kind: "bill", contact: "S1" },
    );
    await client.upload();
    await client.work();
    expect((await client.rows()).map((row) => [row.kind, row.reference, row.state])).toEqual([
      ["bill", "P-1", "confirmed"],
      ["customer", "C1", "confirmed"],
      ["customer", "C2", "confirmed"],
      ["product", "MUG", "confirmed"],
      ["sales-credit-note", "CN-1", "confirmed"],
      ["sales-invoice", "INV-1", "confirmed"],
      ["sales-invoice", "INV-2", "confirmed"],
      ["supplier", "S1", "confirmed"],
    ]);
    expect((await client.ledger()).documents.map((document) => [document.number, document.gross]).toSorted()).toEqual([
      ["CN-1", "12.00"],
      ["INV-1", "36.30"],
      ["INV-2", "12.00"],
      ["P-1", "12.00"],
    ]);
    const writes = (await client.writes()).map((call) => call.path.split("?")[0]?.split("/").at(-1));
    expect(writes.indexOf("Contacts")).toBeLessThan(writes.indexOf("Invoices"));
    expect(writes.indexOf("Items")).toBeLessThan(writes.indexOf("Invoices"));
  });

  it("M53 sends only what was chosen, and a second upload sends nothing", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" });
    await client.upload("INV-1");
    await client.work();
    expect((await client.row("INV-2")).state).toBe("pending");
    const before = (await client.writes()).length;
    const again = await client
      .inScope(async (db) => {
        const { queueUpload } = await import("./queue-upload.ts");
        return queueUpload(db, client.scope, { ids: [(await client.row("INV-1")).id] });
      })
      .catch((error: Error) => error);
    expect(again).toBeInstanceOf(Error);
    await client.work();
    expect((await client.writes()).length).toBe(before);
    expect(await count(client, "INV-1")).toBe(1);
  });

  it("M54 a nominal code without a mapping holds the document, names line and code, and its mapping releases it by itself", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", lines: [{}, { nominalCode: "4010" }] });
    expect(await client.row("INV-1")).toMatchObject({
      state: "pending",
      precheck: "blocked",
      precheck_code: "mapping.account-missing",
    });
    await client.upload("INV-1");
    expect(await client.row("INV-1")).toMatchObject({
      state: "held",
      panel: "errors",
      error_code: "mapping.account-missing",
      error_detail: { field: "lines[1].nominalCode", value: "4010" },
    });
    await client.work();
    expect(await count(client, "INV-1")).toBe(0);
    await client.map("nominal", "4010", "260");
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
  });

  it("M14 many codes to one account: an invoice of each lands on it", async () => {
    const client = await scene.client();
    await client.map("nominal", "4010", "200");
    await client.add(
      { number: "INV-1", lines: [{ nominalCode: "4000" }] },
      { number: "INV-2", lines: [{ nominalCode: "4010" }] },
    );
    await client.upload();
    await client.work();
    const ledger = await scene.control.ledger(client.tenant, { lines: true });
    expect((await client.rows()).filter((row) => row.kind === "sales-invoice").map((row) => row.state)).toEqual([
      "confirmed",
      "confirmed",
    ]);
    expect(JSON.stringify(ledger.documents)).not.toContain('"260"');
  });

  it("M55 a row marked as exported is never sent again, even after an edit, until the mark is undone", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.inScope(async (db) => markExported(db, client.scope, await one(client, "INV-1"), "Typed in by hand"));
    expect(await client.row("INV-1")).toMatchObject({ state: "skipped", panel: "exported" });
    await client.amend("INV-1", 5000n);
    const marked = await client.row("INV-1");
    expect(marked).toMatchObject({ state: "skipped", revision: 2 });
    const chosen = await one(client, "INV-1");
    const { queueUpload } = await import("./queue-upload.ts");
    // Whoever names the marked row itself, by upload or by retry, finds nothing to send.
    await expect(client.inScope((db) => queueUpload(db, client.scope, chosen))).rejects.toThrow("Nothing to upload");
    await expect(client.inScope((db) => retry(db, client.scope, chosen))).rejects.toThrow("Nothing to retry");
    await client.work();
    expect(await count(client, "INV-1")).toBe(0);
    await client.inScope(async (db) => undoMark(db, client.scope, await one(client, "INV-1")));
    await client.upload("INV-1");
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect((await client.ledger()).documents).toMatchObject([{ number: "INV-1", gross: "50.00" }]);
  });

  it("B28 marking and uploading at once: one wins, and a marked row is not sent", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    const row = await one(client, "INV-1");
    const { queueUpload } = await import("./queue-upload.ts");
    const results = await Promise.allSettled([
      client.inScope((db) => markExported(db, client.scope, row, "By hand")),
      client.inScope((db) => queueUpload(db, client.scope, row)),
    ]);
    expect(results.some((result) => result.status === "fulfilled")).toBe(true);
    await client.work();
    const state = (await client.row("INV-1")).state;
    expect(await count(client, "INV-1")).toBe(state === "skipped" ? 0 : 1);
  });

  it("M58 FD1 a removed stock item: Error Feedback names it, and a retry exports the item first, then the invoice", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", lines: [{ product: "MUG" }] });
    await client.upload("MUG", "C1");
    await client.work();
    await scene.control.removeItem(client.tenant, "MUG");
    await client.upload("INV-1");
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({
      state: "rejected",
      error_code: "source.dependency-missing",
      error_detail: { value: "MUG" },
    });
    await client.inScope(async (db) => retry(db, client.scope, await one(client, "INV-1")));
    await client.work();
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect((await client.ledger()).items.map((item) => item.code)).toContain("MUG");
    // FD1: our own step breaks no invariant, and the link that ended is kept in the log.
    expect(await client.broken()).toEqual([]);
    const { rows: trail } = await client.inScope((db) =>
      db.execute<{ what: string; note: string }>(
        sql`select what, note from corrections where client_id = ${client.clientId} and reference = 'MUG'`,
      ),
    );
    expect(trail).toEqual([{ what: "sent-again", note: expect.stringMatching(/^The link to \S+ ended/) }]);
  });

  it("a refusal of one line leaves the other documents of the call alone, with Xero's own words kept", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", contact: "C1" }, { number: "INV-2", contact: "C2" }, { number: "INV-3", contact: "C1" });
    await client.upload("C1", "C2");
    await client.work();
    await client.settings({ archivedContacts: ["C2"] });
    await client.upload();
    await client.work();
    expect(await client.row("INV-2")).toMatchObject({ state: "rejected", error_code: "package.contact-archived" });
    expect(JSON.stringify((await client.row("INV-2")).error_detail)).toContain("archived");
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect((await client.row("INV-3")).state).toBe("confirmed");
  });

  it("P18 a period locked after pre-check is refused with both dates; once it is open again a retry succeeds", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", issuedOn: "2026-07-31" }, { number: "INV-2", issuedOn: "2026-08-01" });
    await client.settings({ periodLock: "2026-07-31" });
    await client.upload();
    await client.work();
    const refused = await client.row("INV-1");
    expect(refused).toMatchObject({ panel: "errors", error_code: "package.period-locked" });
    expect(JSON.stringify(refused.error_detail)).toContain("2026-07-31");
    expect((await client.row("INV-2")).state).toBe("confirmed");
    await client.settings({ periodLock: null });
    await client.inScope(async (db) => retry(db, client.scope, await one(client, "INV-1")));
    await client.work();
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
  });

  it("L1 a document altered in Xero before the read is amber with both values, never green", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    // The answer to the read-back is late, so that somebody can alter the document first.
    await client.faults({ name: "P14", rate: 1 });
    await client.work();
    expect((await client.row("INV-1")).state).toBe("posted");
    await client.faults();
    const [document] = (await client.ledger()).documents;
    await scene.control.editDocument(client.tenant, document?.id ?? "", { gross: "12.01" });
    await scene.step(20);
    await client.work();
    const row = await client.row("INV-1");
    expect(row.state).toBe("drifted");
    expect(row.differences?.find((difference) => difference.field === "Gross")).toMatchObject({
      ours: "£12.00",
      theirs: "£12.01",
    });
  });

  it("a draft is shown as held as draft, never green", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    const fence = await client.lease();
    const { workOn } = await import("#lib/jobs/time-slice.ts");
    await workOn({ ...client.worldFor(fence), postAs: "draft" }, 20_000);
    expect(await client.row("INV-1")).toMatchObject({ state: "posted", held_as_draft: true });
    expect((await client.ledger()).documents).toMatchObject([{ number: "INV-1", status: "DRAFT" }]);
  });

  it("N20 N16 lines summarised: one for each account and tax code, the same money to the penny, and the tick by the same comparison", async () => {
    const client = await scene.client();
    await client.map("nominal", "4010", "260");
    client.lines("summarised");
    const lines = [
      { netMinor: 1003n, taxMinor: 201n, unitPrice: "10.03" },
      { netMinor: 997n, taxMinor: 200n, unitPrice: "9.97" },
      { netMinor: 500n, taxMinor: 0n, unitPrice: "5.00", taxCode: "ZERO" },
      { netMinor: 333n, taxMinor: 67n, unitPrice: "3.33", nominalCode: "4010" },
      { netMinor: 1n, taxMinor: 0n, unitPrice: "0.01" },
    ];
    await client.add({ number: "INV-1", lines });
    await client.upload();
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    const [document] = (await scene.control.ledger(client.tenant, { lines: true })).documents;
    expect(document).toMatchObject({ net: "28.34", tax: "4.68", gross: "33.02" });
    expect(document?.lines?.map((line) => [line.account, line.taxType, line.amount, line.tax]).toSorted()).toEqual([
      ["200", "OUTPUT2", "20.01", "4.01"],
      ["200", "ZERORATEDOUTPUT", "5.00", "0.00"],
      ["260", "OUTPUT2", "3.33", "0.67"],
    ]);
  });

  it("a document's own tax code and amounts are carried: a penny of tax is sent as it stands", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", lines: [{ netMinor: 1003n, taxMinor: 201n, unitPrice: "10.03" }] });
    await client.upload();
    await client.work();
    expect((await client.ledger()).documents).toMatchObject([{ net: "10.03", tax: "2.01", gross: "12.04" }]);
    expect((await client.row("INV-1")).state).toBe("confirmed");
  });

  it("withdraw takes back what was asked for and not sent", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload("INV-1");
    await client.inScope(async (db) => withdraw(db, client.scope, await one(client, "INV-1")));
    expect((await client.row("INV-1")).state).toBe("pending");
  });
});

describe("when the line drops", () => {
  it.each(["N05", "N06", "P06", "N13", "N14", "P05", "P12"])(
    "N2 N3 L4 %s on the invoice call: it shows as checking, and ends with one document and a tick",
    async (fault) => {
      const client = await scene.client();
      await client.add({ number: "INV-1" }, { number: "INV-2" });
      await client.upload("C1");
      await client.work();
      await client.upload();
      await client.faults({ name: fault, call: 1, method: "PUT" });
      await client.work();
      const during = await client.row("INV-1");
      expect(["unknown", "confirmed"]).toContain(during.state);
      for (let slice = 0; slice < 4 && (await client.rows()).some((row) => row.state !== "confirmed"); slice += 1) {
        await scene.step(400);
        await client.work();
      }
      expect((await client.row("INV-1")).state).toBe("confirmed");
      expect((await client.row("INV-2")).state).toBe("confirmed");
      expect(await count(client, "INV-1")).toBe(1);
      expect(await count(client, "INV-2")).toBe(1);
    },
  );

  it.each(["N05", "P06", "P05"])(
    "N2 %s on a credit note, whose number Xero may not keep unique: one credit note",
    async (fault) => {
      const client = await scene.client();
      await client.add({ number: "CN-1", kind: "sales-credit-note" });
      await client.upload("C1");
      await client.work();
      await client.upload();
      await client.faults({ name: fault, call: 1, method: "PUT" });
      await client.work();
      expect((await client.row("CN-1")).state).toBe("unknown");
      for (let slice = 0; slice < 6 && (await client.row("CN-1")).state !== "confirmed"; slice += 1) {
        await scene.step(700);
        await client.work();
      }
      expect((await client.row("CN-1")).state).toBe("confirmed");
      expect(await count(client, "CN-1")).toBe(1);
    },
  );

  it.each([
    {
      why: "under another token, and for kinds whose numbers it does not keep unique, where its keys allow it",
      keys: { windowMs: 600_000, boundToToken: false, trusted: true },
      again: 1,
    },
    {
      why: "not under another token where its keys are bound to one",
      keys: { windowMs: 600_000, boundToToken: true, trusted: true },
      again: 0,
    },
    {
      why: "not where its keys alone are not trusted",
      keys: { windowMs: 600_000, boundToToken: false, trusted: false },
      again: 0,
    },
    { why: "not after their time", keys: { windowMs: 1_000, boundToToken: false, trusted: true }, again: 0 },
    { why: "not where it has none", keys: null, again: 0 },
  ])("BD6 a package's own keys decide whether a call is sent again: $why", async ({ keys, again }) => {
    const client = await scene.client();
    await client.add({ number: "CN-1", kind: "sales-credit-note" });
    await client.upload("C1");
    await client.work();
    await client.upload();
    await client.faults({ name: "N05", call: 1, method: "PUT" });
    await client.work();
    expect((await client.row("CN-1")).state).toBe("unknown");
    const writes = (await client.writes()).length;
    await scene.step(120);
    const world = client.worldFor(await client.lease());
    await settleUnknown({
      ...world,
      connector: { ...world.connector, can: { ...world.connector.can, keys } },
      token: async () => ({ ...(await world.token()), version: 99 }),
    });
    expect((await client.writes()).length - writes).toBe(again);
    expect(await count(client, "CN-1")).toBe(1);
  });

  /** A package that answers one record a call, as several do that have no lists to filter. */
  const oneByOne = (world: PostingWorld): PostingWorld => {
    const { confirm } = world.connector;
    const only = (ask: ConfirmRequest) => {
      const ref = ask.refs[Number(ask.cursor ?? 0)];
      return { ...ask, refs: ref ? [ref] : [], cursor: null };
    };
    return {
      ...world,
      connector: {
        ...world.connector,
        can: { ...world.connector.can, usually: { ...world.connector.can.usually, readAtOnce: 2 } },
        confirm: {
          ask: (ask, connection) => confirm.ask(only(ask), connection),
          read: (message, answer, ask) => {
            const next = Number(ask.cursor ?? 0) + 1;
            const { sightings } = confirm.read(message, answer, only(ask));
            return { sightings, next: next < ask.refs.length ? `${next}` : null };
          },
        },
      },
    };
  };
  /** A time slice that is over after so many questions whether it goes on. */
  const sliceOf = (yeses: number) => {
    let asked = 0;
    return () => {
      asked += 1;
      return asked <= yeses;
    };
  };

  it("BD7 a time slice ends between records that are read one by one; what was not reached is neither ticked nor called gone", async () => {
    const client = await scene.client();
    await client.add(...Array.from({ length: 5 }, (_, at) => ({ number: `CN-${at}`, kind: "sales-credit-note" as const })));
    await client.upload("C1");
    await client.work();
    await client.upload();
    await client.faults({ name: "N05", call: 1, method: "PUT" });
    await client.work();
    const states = async () => {
      const rows = (await client.rows()).filter((row) => row.kind === "sales-credit-note");
      return Object.fromEntries([...Map.groupBy(rows, (row) => row.state)].map(([state, of]) => [state, of.length]));
    };
    expect(await states()).toEqual({ unknown: 5 });
    await scene.step(700);
    const world = oneByOne(client.worldFor(await client.lease()));
    await settleUnknown(world, sliceOf(2));
    expect(await states()).toEqual({ unknown: 3, posted: 2 });
    await settleUnknown(world, sliceOf(9));
    expect(await states()).toEqual({ posted: 5 });

    await confirmPosted(world, ["sales-credit-note"], { goOn: sliceOf(1) });
    expect(await states()).toEqual({ confirmed: 2, posted: 3 });
    const looks = await client.inScope((db) =>
      db.execute(sql`select id from postings where client_id = ${client.clientId} and absent_looks > 0`),
    );
    expect(looks.rows).toEqual([]);
    await confirmPosted(world, ["sales-credit-note"], { goOn: sliceOf(9) });
    expect(await states()).toEqual({ confirmed: 5 });
    expect(await client.broken()).toEqual([]);
  });

  it("N10 a commit two minutes after we gave up is found, not repeated", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload("C1");
    await client.work();
    await client.upload();
    await client.faults({ name: "N10", call: 1, method: "PUT" });
    // Faster, so that the deadline takes seconds.
    await scene.control.setClock({ scale: 10 });
    await client.work();
    await scene.control.setClock({ scale: 1 });
    for (let slice = 0; slice < 5 && (await client.row("INV-1")).state !== "confirmed"; slice += 1) {
      await scene.step(240);
      await client.work();
    }
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect(await count(client, "INV-1")).toBe(1);
  });

  it("L4 Look now forces a probe, which finds what was written and never resends", async () => {
    const client = await scene.client();
    await client.add({ number: "CN-1", kind: "sales-credit-note" });
    await client.upload("C1");
    await client.work();
    await client.upload();
    await client.faults({ name: "N05", call: 1, method: "PUT" });
    await client.work();
    const writes = (await client.writes()).length;
    const row = await client.row("CN-1");
    expect(row).toMatchObject({ state: "unknown", panel: "errors" });
    await client.inScope((db) => lookNow(db, client.scope, row.id));
    await client.work();
    expect((await client.row("CN-1")).state).toBe("confirmed");
    expect((await client.writes()).length).toBe(writes);
  });

  it("a refusal after an unclear attempt proves nothing: the earlier one is found by its number", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload("C1");
    await client.work();
    await client.upload();
    // Committed, the answer lost; the server has then forgotten the key, as one without keys would.
    await client.faults({ name: "N05", call: 1, method: "PUT" });
    await client.work();
    await scene.step(15);
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect(await count(client, "INV-1")).toBe(1);
  });

  it("P01 a 429 writes nothing: the row goes back to the queue until Retry-After has passed", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.faults({ name: "P01", call: 1, method: "PUT" });
    await client.work();
    expect((await client.row("C1")).state).toBe("queued");
    await client.work();
    expect((await client.row("C1")).state).toBe("queued");
    await scene.step(90);
    await client.work();
    await scene.step(90);
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
  });

  it("P20 an access token that expired is refreshed once and the same intent sent again", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.faults({ name: "P20", call: 1, method: "PUT" });
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect(await count(client, "INV-1")).toBe(1);
  });

  it("M37 P23 consent withdrawn: nothing is lost, the rows stay queued and the connection says so", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await scene.control.revoke(client.tenant);
    await client.work().catch(() => undefined);
    expect(client.lost()).toBe("connection.token-expired");
    expect((await client.row("INV-1")).state).toBe("queued");
  });
});

describe("a worker that dies", () => {
  it("K01 dead between intent and answer: the sweep makes it unknown, the read-back settles it, once", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload("C1");
    await client.work();
    await client.upload();
    const fence = await client.lease();
    const { sendNextBatch } = await import("./send.ts");
    const world = client.worldFor(fence);
    // The bytes leave and the answer is never read, as when the process is killed in mid-call.
    const dying = sendNextBatch(
      {
        ...world,
        connector: {
          ...world.connector,
          send: async (message, context) => {
            await world.connector.send(message, context);
            throw new Error("killed");
          },
        },
      },
      ["sales-invoice"],
      { sent: 0 },
    );
    await expect(dying).rejects.toThrow("killed");
    expect((await client.row("INV-1")).state).toBe("sending");
    await scene.step(60);
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect(await count(client, "INV-1")).toBe(1);
  });

  it("K03 an older holder of the lease writes nothing: its fence has passed", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload("C1");
    await client.work();
    await client.upload();
    const old = await client.lease();
    const { sendNextBatch } = await import("./send.ts");
    await client.lease();
    await expect(sendNextBatch(client.worldFor(old), ["sales-invoice"], { sent: 0 })).rejects.toThrow("lease");
    expect((await client.row("INV-1")).state).toBe("queued");
    expect(await count(client, "INV-1")).toBe(0);
  });
});

it("I7 every outcome stands in the audit, and its chain is whole", async () => {
  const client = await scene.client();
  await client.add({ number: "INV-1" });
  await client.upload();
  await client.work();
  await client.inScope((db) => addAuditEvent(db, client.scope, { action: "test.event" }));
  const chain = await scene.database.inScope(client.scope, (db) => verifyChain(db, client.scope));
  expect(chain.rows).toBeGreaterThan(2);
  expect(chain.brokenAt).toBeNull();
  await expect(
    scene.database.inScope(jobPracticeScope(), (db) => db.execute("update audit_events set actor = 'x'")),
  ).rejects.toThrow();
});
