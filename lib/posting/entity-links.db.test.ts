import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { collected } from "#lib/connectors/testing/collected.ts";
import { linkEntity, partyEntity } from "#lib/connectors/types.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const link = (client: SceneClient, reference: string, externalId: string, { entity = "", beside = false } = {}) =>
  client.inScope((db) =>
    db.execute(sql`
      insert into external_refs (client_id, connection_id, family, entity, external_id, record_id, beside, linked_by)
      select ${client.clientId}, ${client.connectionId}, 'contact', ${entity}, ${externalId}, id, case when ${beside} then id::text else '' end, 'Test'
      from contacts where client_id = ${client.clientId} and reference = ${reference}`),
  );

describe("links are kept per entity of the package", () => {
  it("BB6 a customer and a supplier are one contact in one package, and two records in another", () => {
    expect([linkEntity(xero, "customer"), linkEntity(xero, "supplier"), partyEntity(xero, "bill")]).toEqual(["", "", ""]);
    expect([linkEntity(collected, "customer"), linkEntity(collected, "supplier")]).toEqual(["customer", "supplier"]);
    expect([partyEntity(collected, "sales-invoice"), partyEntity(collected, "supplier-credit-note")]).toEqual([
      "customer",
      "supplier",
    ]);
    expect(linkEntity(collected, "bill")).toBe("");
  });

  it("BB6 a party that buys and sells is linked with each of the two, once", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", contact: "C1" }, { number: "INV-2", contact: "C2" });
    await link(client, "C1", "of-customers", { entity: "customer" });
    await link(client, "C1", "of-vendors", { entity: "supplier" });
    await expect(link(client, "C1", "another", { entity: "customer" })).rejects.toThrow();
    await expect(link(client, "C2", "of-customers", { entity: "customer" })).rejects.toThrow();
    expect(await client.broken()).toEqual([]);
  });

  it("BB6 several of ours point to one of theirs only where a person put them beside each other", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", contact: "C1" }, { number: "INV-2", contact: "C2" });
    await link(client, "C1", "survivor");
    await expect(link(client, "C2", "survivor")).rejects.toThrow();
    await link(client, "C2", "survivor", { beside: true });
    expect(await client.broken()).toEqual([]);
  });
});
