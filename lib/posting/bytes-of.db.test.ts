import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import type { Message } from "#lib/connectors/types.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { rowsOf } from "#lib/testing/scene-records.ts";
import { bytesOf } from "./bytes-of.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** All that a write would leave behind. */
const traces = (client: SceneClient) =>
  client.inScope((db) =>
    rowsOf<Record<string, unknown>>(
      db,
      sql`
        select 'posting' as what, to_jsonb(p) as row from postings p where client_id = ${client.clientId}
        union all select 'call', to_jsonb(c) from posting_calls c where client_id = ${client.clientId}
        union all select 'talk', to_jsonb(c) from conversations c where client_id = ${client.clientId}
        union all select 'audit', to_jsonb(a) from audit_events a where client_id = ${client.clientId}
        union all select 'link', to_jsonb(r) from external_refs r where client_id = ${client.clientId}
        order by 1, 2`,
    ),
  );

/** What was sent, as it is kept, oldest first. */
const sent = (client: SceneClient) =>
  client.inScope(async (db) => {
    const rows = await rowsOf<{ message: Message } & Record<string, unknown>>(
      db,
      sql`
        select message from posting_calls where client_id = ${client.clientId} and writes
        order by created_at`,
    );
    return rows.map((row) => row.message);
  });

const worldOf = async (client: SceneClient) => client.worldFor(await client.lease());

describe("the bytes of records, asked for by a plain call", () => {
  it("are those that are sent, byte for byte, and nothing is written or called", async () => {
    const client = await scene.client();
    // The customer and the supplier go first: what names them is known once they are there.
    await client.add({ number: "INV-0" }, { number: "P-0", kind: "bill", contact: "S1" });
    await client.upload();
    await client.work();
    await client.add(
      { number: "INV-1" },
      { number: "INV-2" },
      { number: "P-1", kind: "bill", contact: "S1" },
      { number: "CN-1", kind: "sales-credit-note" },
    );
    const ids = (await client.rows()).filter((row) => row.panel === "pending").map((row) => row.id);
    expect(ids).toHaveLength(4);
    const before = await traces(client);
    const calls = (await client.calls()).length;
    const world = await worldOf(client);
    const bytes = await bytesOf(world, ids);
    expect(bytes).toMatchObject({ held: [], unread: [], done: [] });
    expect(bytes.first.map((one) => one.postingIds.length).sort()).toEqual([1, 1, 2]);
    expect(await bytesOf(world, ids)).toEqual(bytes);
    expect(await traces(client)).toEqual(before);
    expect((await client.calls()).length).toBe(calls);
    const already = (await sent(client)).length;
    await client.upload();
    await client.work();
    const went = (await sent(client)).slice(already);
    expect(went).toHaveLength(3);
    expect(went).toEqual(expect.arrayContaining(bytes.first.map((one) => one.message)));
  });

  it("of what would not be sent are its cause, and of what the package holds come after a read", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-0" });
    await client.upload();
    await client.work();
    const [held] = (await client.rows()).filter((row) => row.reference === "INV-0");
    await client.add({ number: "INV-1", contact: "C9" }, { number: "INV-2" });
    await client.knowLocks("2030-12-31");
    const rows = await client.rows();
    const idOf = (reference: string) => rows.find((row) => row.reference === reference)?.id ?? "";
    const bytes = await bytesOf(await worldOf(client), [idOf("INV-1"), idOf("INV-2"), held?.id ?? ""]);
    expect(bytes.first).toEqual([]);
    expect(bytes.unread).toEqual([held?.id]);
    const causes = new Map(bytes.held.map((one) => [one.postingId, one.error.code]));
    expect(causes.get(idOf("INV-1"))).toBe("source.dependency-missing");
    expect(causes.get(idOf("INV-2"))).toBe("package.period-locked");
  });

  it("of another client's rows are nothing at all", async () => {
    const client = await scene.client();
    const other = await scene.client();
    await other.add({ number: "INV-1" });
    const theirs = (await other.rows()).map((row) => row.id);
    const bytes = await bytesOf(await worldOf(client), theirs);
    expect(bytes).toEqual({ first: [], held: [], unread: [], done: [] });
  });
});
