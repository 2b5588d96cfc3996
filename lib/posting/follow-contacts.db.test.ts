import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { CORRECTION_KEYS, listCorrections } from "#db/queries/export/corrections.ts";
import { listOffers } from "#db/queries/links/link-offers.ts";
import { exchangeRead } from "#lib/calling/call.ts";
import { pullDocuments } from "#lib/pulling/documents.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { linkOffer } from "./answer-offers.ts";
import { findDrift } from "./drift.ts";
import { clearLink } from "./unlink.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** A reading of the night: what changed, and what became of it. */
async function pull(client: SceneClient) {
  const world = client.worldFor(await client.lease());
  await pullDocuments({
    database: scene.database,
    scope: client.scope,
    connection: world.connection,
    connector: world.connector,
    exchange: (exchange, ask) => exchangeRead(world, exchange, ask),
  });
  await findDrift(world);
}

const renamed = (client: SceneClient, reference: string, name: string) =>
  client.inScope((db) =>
    db.execute(sql`update contacts set name = ${name} where client_id = ${client.clientId} and reference = ${reference}`),
  );
const log = async (client: SceneClient) =>
  (
    await client.inScope((db) =>
      listCorrections(db, client.scope, {}, CORRECTION_KEYS.at, { direction: "asc", after: null, limit: 50 }),
    )
  ).rows.map(({ what, reference, note, differences }) => ({ what, reference, note, differences }));
const documentOf = async (client: SceneClient, number: string) =>
  (await client.ledger()).documents.find((one) => one.number === number);
const contactOf = async (client: SceneClient, name: string) => (await client.ledger()).contacts.find((one) => one.name === name);

/** Invoices of these customers, exported and ticked. */
async function ticked(names: Readonly<Record<string, string>>) {
  const client = await scene.client();
  for (const contact of Object.keys(names)) await client.add({ number: `INV-${contact}`, contact });
  for (const [reference, name] of Object.entries(names)) await renamed(client, reference, name);
  await client.upload();
  await client.work();
  await pull(client);
  await scene.step(2);
  return client;
}

describe("contacts that were merged, renamed or archived there", () => {
  it("FB2 L9 a merge of two that are called alike is followed: the next invoice goes to the survivor, what was posted stays green, with a trail", async () => {
    const client = await ticked({ C1: "Party Planet Ltd" });
    await client.call("PUT", "Contacts", { Contacts: [{ Name: "Party Planet Limited" }] });
    await scene.control.editContact(client.tenant, "C1", { mergedInto: "Party Planet Limited" });
    await pull(client);
    expect((await client.row("INV-C1")).state).toBe("confirmed");
    await client.add({ number: "INV-2", contact: "C1" });
    await renamed(client, "C1", "Party Planet Ltd");
    await client.upload("INV-2");
    await client.work();
    expect((await client.row("INV-2")).state).toBe("confirmed");
    const survivor = await contactOf(client, "Party Planet Limited");
    expect((await documentOf(client, "INV-2"))?.contactId).toBe(survivor?.id);
    expect(await log(client)).toEqual([
      {
        what: "merged-there",
        reference: "C1",
        note: "Party Planet Ltd was merged into Party Planet Limited there. Its next documents are posted to Party Planet Limited.",
        differences: [{ field: "Name", ours: "Party Planet Ltd", theirs: "Party Planet Limited" }],
      },
    ]);
    expect(await client.broken()).toEqual([]);
  });

  it("FB2 L9 two that are not alike: asked once, nothing goes before, and then both of ours go to the survivor", async () => {
    const client = await ticked({ C1: "Party Planet", C2: "J Smith" });
    await scene.control.editContact(client.tenant, "C1", { mergedInto: "C2" });
    await pull(client);
    expect((await client.row("INV-C1")).state).toBe("confirmed");
    await client.add({ number: "INV-3", contact: "C1" });
    await renamed(client, "C1", "Party Planet");
    await client.upload("INV-3");
    await client.work();
    expect(await client.row("INV-3")).toMatchObject({ state: "held", error_code: "mapping.perhaps-there" });
    const asked = await client.inScope((db) => listOffers(db, client.scope, "unsure", 10));
    expect(asked).toMatchObject([{ reference: "C1", what: "merge", candidates: [{ name: "J Smith" }] }]);
    const offer = asked[0];
    await linkOffer(scene.database, client.scope, {
      offerId: offer?.id ?? "",
      externalId: offer?.candidates[0]?.externalId ?? "",
    });
    await client.work();
    expect((await client.row("INV-3")).state).toBe("confirmed");
    expect((await documentOf(client, "INV-3"))?.contactId).toBe((await contactOf(client, "J Smith"))?.id);
    await client.work();
    expect(await client.inScope((db) => listOffers(db, client.scope, "unsure", 10))).toEqual([]);
    expect((await log(client)).map((one) => one.what)).toEqual(["merged-there"]);
    expect((await client.row("INV-C2")).state).toBe("confirmed");
    expect(await client.broken()).toEqual([]);
  });

  it("FB2 an asked merge may be answered with no as well: the link is cleared, nothing goes to the survivor, and nobody asks again", async () => {
    const client = await ticked({ C1: "Party Planet", C2: "J Smith" });
    await scene.control.editContact(client.tenant, "C1", { mergedInto: "C2" });
    await pull(client);
    await client.add({ number: "INV-3", contact: "C1" });
    await renamed(client, "C1", "Party Planet");
    await client.upload("INV-3");
    await client.work();
    const party = await client.row("C1");
    await client.inScope((db) => clearLink(db, client.scope, party.id));
    for (let slice = 0; slice < 2; slice += 1) await client.work();
    expect(await client.inScope((db) => listOffers(db, client.scope, "unsure", 10))).toEqual([]);
    expect(await client.row("INV-3")).toMatchObject({ state: "held", error_code: "mapping.link-cleared" });
    expect(await documentOf(client, "INV-3")).toBeUndefined();
    expect((await client.row("INV-C2")).state).toBe("confirmed");
    expect(await client.broken()).toEqual([]);
  });

  it("FB3 a document under another contact there says both names, never an id", async () => {
    const client = await ticked({ C1: "Party Planet" });
    await client.call("PUT", "Contacts", { Contacts: [{ Name: "Somebody Else" }] });
    const other = await contactOf(client, "Somebody Else");
    const held = await documentOf(client, "INV-C1");
    await client.call("POST", "Invoices", { Invoices: [{ InvoiceID: held?.id, Contact: { ContactID: other?.id } }] });
    await pull(client);
    expect((await client.row("INV-C1")).differences).toEqual([
      { field: "Contact", ours: "Party Planet", theirs: "Somebody Else" },
    ]);
    expect((await log(client))[0]?.differences).toEqual([{ field: "Contact", ours: "Party Planet", theirs: "Somebody Else" }]);
  });

  it("L9 renamed and archived there: the link stays, with a trail", async () => {
    const client = await ticked({ C1: "Party Planet" });
    const held = await contactOf(client, "Party Planet");
    await client.add({ number: "INV-2", contact: "C2" });
    await client.upload("INV-2");
    await client.work();
    await scene.step(120);
    await client.call("POST", "Contacts", { Contacts: [{ ContactID: held?.id, Name: "Party Planet Group" }] });
    await client.add({ number: "INV-3", contact: "C3" });
    await client.upload("INV-3");
    await client.work();
    await scene.step(120);
    await scene.control.editContact(client.tenant, "C1", { archived: true });
    await client.add({ number: "INV-4", contact: "C4" });
    await client.upload("INV-4");
    await client.work();
    expect((await log(client)).map((one) => [one.reference, one.what])).toEqual([
      ["C1", "renamed-there"],
      ["C1", "archived-there"],
    ]);
  });
});
