import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { listCauses } from "#db/queries/export/causes.ts";
import type { ClaimedPosting } from "#db/queries/postings/outgoing.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import { saveMappings } from "#lib/mapping/save.ts";
import { releaseMended } from "#lib/pending/release.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { diagnoseCode } from "./diagnose.ts";
import { loadRecords } from "./load.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** A client whose one code of 20% stands on sales and purchases, as in most ledgers. */
async function clientWithT1(side: "both" | null = "both"): Promise<SceneClient> {
  const client = await scene.client();
  await client.inScope((db) =>
    db.execute(sql`insert into tax_codes (client_id, code, name, rate, kind, side)
      values (${client.clientId}, 'T1', 'Standard rate', '20', 'standard', ${side})`),
  );
  return client;
}

const lines = [{ taxCode: "T1" }];
const invoice = (number: string) => ({ number, lines });
const bill = (number: string) => ({ kind: "bill" as const, contact: "S1", number, lines });

/** The package's rate on the lines of a document; empty where it is not there. */
const rateOf = async (client: SceneClient, number: string) =>
  (await client.ledger({ lines: true })).documents
    .filter((document) => document.number === number)
    .flatMap((document) => document.lines?.map((line) => line.taxType) ?? []);

const save = (client: SceneClient, side: DocumentSide | null, targetExternalId: string | null) =>
  client.inScope((db) => saveMappings(db, client.scope, "tax", [{ sourceCode: "T1", side, targetExternalId }]));

interface Verdict extends Record<string, unknown> {
  readonly code: string | null;
  readonly value: string | null;
  readonly side: string | null;
}

/** What pre-check says of a document, and what the engine says that builds it. */
async function bothSay(client: SceneClient, number: string) {
  const { rows } = await client.inScope((db) =>
    db.execute<Verdict & { id: string; kind: DocumentKind; record_id: string; revision: number; precheck: string }>(sql`
      select id, kind, record_id, revision, precheck, precheck_code as code, precheck_detail ->> 'value' as value,
        precheck_detail ->> 'side' as side
      from postings where client_id = ${client.clientId} and reference = ${number} and current`),
  );
  const [row] = rows;
  if (!row) throw new Error(`There is no posting ${number}`);
  const claimed: ClaimedPosting = {
    id: row.id,
    kind: row.kind,
    recordId: row.record_id,
    revision: row.revision,
    generation: 0,
    maybeSent: false,
    tries: 0,
    externalId: null,
    voided: false,
  };
  const loaded = await client.inScope((db) => loadRecords(db, client.worldFor(0n), [claimed]));
  const one = loaded.get(row.id);
  if (one === undefined) throw new Error(`${number} is not loaded`);
  const { code = null, detail = {} } = "error" in one ? one.error : {};
  return {
    precheck: row.precheck === "blocked" ? { code: row.code, value: row.value, side: row.side } : null,
    engine: code === null ? null : { code, value: detail.value ?? null, side: detail.side ?? null },
  };
}

describe("N27 FA7 one tax code of ours on sales and purchases", () => {
  it("N27 FA7 goes to a rate for each: an invoice and a bill are both sent, each with its own", async () => {
    const client = await clientWithT1();
    await client.map("tax", "T1", "OUTPUT2", "sales");
    await client.map("tax", "T1", "INPUT2", "purchase");
    await client.add(invoice("INV-1"), bill("B-1"), { ...invoice("CN-1"), kind: "sales-credit-note" });
    await client.upload();
    await client.work();
    for (const number of ["INV-1", "B-1", "CN-1"]) expect(await client.row(number)).toMatchObject({ state: "confirmed" });
    expect(await rateOf(client, "INV-1")).toEqual(["OUTPUT2"]);
    expect(await rateOf(client, "B-1")).toEqual(["INPUT2"]);
    expect(await rateOf(client, "CN-1")).toEqual(["OUTPUT2"]);
    expect(await client.broken()).toEqual([]);
  });

  it("N27 FA7 a document of a side without a row of its own goes by the row of both", async () => {
    const client = await clientWithT1(null);
    await client.map("tax", "T1", "OUTPUT2");
    await client.map("tax", "T1", "INPUT2", "purchase");
    await client.add(invoice("INV-1"), bill("B-1"));
    await client.upload();
    await client.work();
    expect(await rateOf(client, "INV-1")).toEqual(["OUTPUT2"]);
    expect(await rateOf(client, "B-1")).toEqual(["INPUT2"]);
  });

  it("N27 FA7 pre-check and engine say the same of it, with the side: not mapped, mapped for the other side, archived", async () => {
    const client = await clientWithT1();
    await client.add(invoice("INV-1"), bill("B-1"));
    const judge = () => client.inScope((db) => releaseMended(db, client.scope));
    // Contact and products first, so that nothing but the tax code is left to say.
    await client.add({ number: "INV-0" }, { ...bill("B-0"), lines: [{ taxCode: "PSTD" }] });
    await client.upload("INV-0", "B-0");
    await client.work();
    const says = async (number: string) => {
      await judge();
      const { precheck, engine } = await bothSay(client, number);
      expect(precheck).toEqual(engine);
      return engine;
    };
    expect(await says("INV-1")).toEqual({ code: "mapping.tax-missing", value: "T1", side: "sales" });
    expect(await says("B-1")).toEqual({ code: "mapping.tax-missing", value: "T1", side: "purchase" });
    await client.map("tax", "T1", "OUTPUT2");
    expect(await says("INV-1")).toBeNull();
    expect(await says("B-1")).toEqual({ code: "mapping.tax-wrong-side", value: "T1", side: "purchase" });
    await client.map("tax", "T1", "INPUT2", "purchase");
    expect(await says("INV-1")).toBeNull();
    expect(await says("B-1")).toBeNull();
    await client.inScope((db) =>
      db.execute(sql`update package_tax_rates set active = false
        where connection_id = ${client.connectionId} and external_id = 'OUTPUT2'`),
    );
    expect(await says("INV-1")).toEqual({ code: "mapping.target-archived", value: "T1", side: "sales" });
    expect(await says("B-1")).toBeNull();
  });

  it("M72 N27 the code's own diagnosis is of what waits, and names the side that stops it", async () => {
    const client = await clientWithT1(null);
    await client.map("tax", "T1", "OUTPUT2");
    const diagnosis = async () => {
      const { what, code, detail } = await client.inScope((db) => diagnoseCode(db, client.scope, { kind: "tax", code: "T1" }));
      return [what, code, detail?.side ?? null];
    };
    await client.add(invoice("INV-1"));
    expect(await diagnosis()).toEqual(["mapped", null, null]);
    await client.add(bill("B-1"));
    expect(await diagnosis()).toEqual(["fails", "mapping.tax-wrong-side", "purchase"]);
    await client.map("tax", "T1", "INPUT2", "purchase");
    expect(await diagnosis()).toEqual(["mapped", null, null]);
  });

  it("N27 FA7 a mapping saved for one side releases that side's documents and leaves the other's as they are", async () => {
    const client = await clientWithT1();
    await client.add({ number: "INV-0" }, invoice("INV-1"), bill("B-1"));
    await client.upload();
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "held", error_detail: { value: "T1", side: "sales" } });
    const held = async () => {
      const { rows } = await client.inScope((db) =>
        db.execute<{ row: string }>(
          sql`select p::text as row from postings p where client_id = ${client.clientId} and reference = 'INV-1'`,
        ),
      );
      return rows[0]?.row;
    };
    // One fix releases each: they are causes of their own.
    const causes = await client.inScope((db) => listCauses(db, client.scope));
    expect(causes.map((one) => [one.code, one.value, one.shared.value, one.shared.side, one.count])).toEqual([
      ["mapping.tax-missing", "T1 (purchases)", "T1", "purchase", 1],
      ["mapping.tax-missing", "T1 (sales)", "T1", "sales", 1],
    ]);
    const before = await held();
    expect(await save(client, "purchase", "INPUT2")).toMatchObject({ saved: 1, released: 1 });
    await client.work();
    expect(await client.row("B-1")).toMatchObject({ state: "confirmed" });
    expect(await held()).toBe(before);
    expect(await save(client, "sales", "OUTPUT2")).toMatchObject({ saved: 1 });
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
  });

  it("N27 FA7 nothing that was sent is sent again when its code is mapped by side from then on", async () => {
    const client = await clientWithT1(null);
    await client.map("tax", "T1", "OUTPUT2");
    await client.add(invoice("INV-1"));
    await client.upload();
    await client.work();
    const writes = (await client.writes()).length;
    const before = await client.row("INV-1");
    await save(client, "purchase", "INPUT2");
    await save(client, "sales", "OUTPUT2");
    await client.work();
    expect(await client.writes()).toHaveLength(writes);
    expect(await client.row("INV-1")).toEqual(before);
    await client.add(bill("B-1"));
    await client.upload();
    await client.work();
    expect(await client.row("INV-1")).toEqual(before);
    expect(await rateOf(client, "B-1")).toEqual(["INPUT2"]);
  });

  it("N27 a mapping from before the sides is for both, and is not touched by the migration", async () => {
    const client = await clientWithT1(null);
    await client.map("tax", "T1", "OUTPUT2");
    const folder = join(import.meta.dirname, "..", "..", "db", "migrations");
    const [file = ""] = readdirSync(folder).filter((name) => name.endsWith("_mapping_sides.sql"));
    const statements = readFileSync(join(folder, file), "utf8").split("--> statement-breakpoint");
    const owner = new pg.Client({ connectionString: scene.superUrl });
    await owner.connect();
    try {
      await owner.query("begin");
      await owner.query("delete from mapping_rows where side <> ''");
      const rows = async (columns: string) =>
        (await owner.query(`select ${columns} from mapping_rows where client_id = $1 order by id`, [client.clientId])).rows;
      const old = "id, set_id, kind, source_code, target_external_id, target_code, saved_at, saved_by";
      const before = await rows(old);
      await owner.query(`alter table mapping_rows drop column side`);
      await owner.query("create unique index mapping_rows_source_key on mapping_rows (set_id, kind, source_code)");
      for (const statement of statements) await owner.query(statement);
      expect(await rows(old)).toEqual(before);
      expect(await rows("distinct side, null as id")).toEqual([{ side: "", id: null }]);
    } finally {
      await owner.query("rollback");
      await owner.end();
    }
  });
});
