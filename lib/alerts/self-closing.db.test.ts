import { desc, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { schema } from "#db/client.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { saveMappings } from "#lib/mapping/save.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { writeDigest } from "./digest.ts";

const scene = await makePostingScene("own");
const practice = jobPracticeScope();
beforeAll(() =>
  scene.database.inScope(practice, (db) =>
    db.insert(schema.users).values({ email: "admin@example.com", name: "Admin", role: "administrator" }),
  ),
);
afterAll(() => scene.close());

const openIn = async (client: SceneClient) => (await client.rows()).filter((row) => row.panel === "errors").length;
let nights = 0;
/** What the administrator's digest says now. */
async function digest() {
  nights += 1;
  return scene.database.inScope(practice, async (db) => {
    await writeDigest(db, practice, { key: `self-closing-${nights}`, title: "Night", lines: [], path: "/clients" });
    const [row] = await db.select().from(schema.alertOutbox).orderBy(desc(sql`event_key`)).limit(1);
    return row?.body as {
      open: { records: number };
      fixedSince: { records: number; causes: { code: string; was: number; now: number }[] };
    };
  });
}

describe("an issue closes itself", () => {
  it("N32 when a mapping is saved: what it held leaves Error Feedback and goes, with nothing pressed on it", async () => {
    const client = await scene.client();
    await client.add(
      { number: "INV-S1", lines: [{ nominalCode: "4010" }] },
      { number: "INV-S2", lines: [{ nominalCode: "4010" }] },
      { number: "INV-S3" },
    );
    await client.upload();
    await client.work();
    expect(await openIn(client)).toBe(2);
    expect((await digest()).open.records).toBe(2);

    await client.inScope(async (db) => {
      const [sales] = (
        await db.execute<{ id: string }>(sql`
        select external_id as id from package_accounts where connection_id = ${client.connectionId} and code = '200'`)
      ).rows;
      await saveMappings(db, client.scope, "nominal", [{ sourceCode: "4010", targetExternalId: sales?.id ?? null }]);
    });
    expect(await openIn(client)).toBe(0);
    await client.work();
    expect((await client.rows()).filter((row) => row.kind === "sales-invoice").map((row) => row.state)).toEqual(
      Array(3).fill("confirmed"),
    );
    expect(await digest()).toMatchObject({
      open: { records: 0 },
      fixedSince: { records: 2, causes: [{ code: "mapping.account-missing", was: 2, now: 0 }] },
    });
  });

  it.each([
    [
      "is given another number",
      (id: string) => [sql`update documents set number = 'INV-T9', revision = revision + 1 where id = ${id}`],
    ],
    ["is voided", (id: string) => [sql`update documents set status = 'void', revision = revision + 1 where id = ${id}`]],
  ])("N32 when the other document of one number %s: what was held for it goes", async (_what, mend) => {
    const client = await scene.client();
    await client.add({ number: "INV-T1", reference: "T-1" });
    await client.add({ number: "INV-T1", reference: "T-2", contact: "C2" });
    await client.click();
    await client.take();
    const held = () => client.rows().then((rows) => rows.filter((row) => row.panel === "errors"));
    expect(await held()).toMatchObject([{ state: "held", error_code: "source.already-in-package" }]);
    const { id } = (await held())[0] ?? { id: "" };
    const [other] = await client.inScope(async (db) => {
      const { rows } = await db.execute<{ id: string }>(sql`
        select record_id as id from postings where client_id = ${client.clientId} and reference = 'INV-T1' and id <> ${id}`);
      return rows;
    });
    await client.inScope(async (db) => {
      await db.execute(sql`
        insert into document_revisions (client_id, document_id, revision, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor)
        select client_id, id, revision, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor
        from documents where id = ${other?.id ?? ""}`);
      for (const statement of mend(other?.id ?? "")) await db.execute(statement);
      await db.execute(sql`
        insert into document_lines (client_id, document_id, revision, position, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code)
        select client_id, document_id, revision + 1, position, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code
        from document_lines where document_id = ${other?.id ?? ""} and revision = 1`);
      await makePostings(db, client.scope);
    });
    expect(await openIn(client)).toBe(0);
    await client.work();
    expect((await client.rows()).find((row) => row.id === id)).toMatchObject({ state: "confirmed" });
  });

  it("N32 when the lock date is moved in the package: the next run sees it, and what was held for it goes", async () => {
    const client = await scene.client();
    await client.settings({ periodLock: "2026-11-30" });
    // The first run reads the lock, so that the next upload is held here instead of being refused there.
    await client.add({ number: "INV-S5", issuedOn: "2026-12-01" });
    await client.upload();
    await client.work();
    await client.add({ number: "INV-S4" });
    await client.upload();
    expect(await client.row("INV-S4")).toMatchObject({ panel: "errors", state: "held", error_code: "package.period-locked" });
    await client.settings({ periodLock: null });
    await client.add({ number: "INV-S6", issuedOn: "2026-12-02" });
    await client.upload("INV-S6");
    await client.work();
    expect(await openIn(client)).toBe(0);
    expect((await client.row("INV-S4")).state).toBe("confirmed");
  });
});
