import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { findConflicts } from "#db/queries/export/conflicts.ts";
import { countOffers, type LinkOffer, listOffers } from "#db/queries/links/link-offers.ts";
import { makeOffers } from "#db/queries/links/make-offers.ts";
import { claimQueued } from "#db/queries/postings/outgoing.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { setSyncOptions } from "#lib/setup/settings.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { createOffers, linkAllOffers, linkOffer, MOST_COMPARED, offersHash, ruleOutOffer } from "./answer-offers.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const put = (client: SceneClient, ...contacts: Record<string, unknown>[]) =>
  client.call("PUT", "Contacts", { Contacts: contacts });
const contactWrites = async (client: SceneClient) =>
  (await client.writes()).filter((call) => call.path.includes("Contacts")).length;
const offers = (client: SceneClient, which: Parameters<typeof listOffers>[2] = "unsure") =>
  client.inScope((db) => listOffers(db, client.scope, which, 100));
const counts = (client: SceneClient) => client.inScope((db) => countOffers(db, client.scope));
const linkAll = async (client: SceneClient, group: "sure" | "archived" = "sure") =>
  linkAllOffers(scene.database, client.scope, { group, hash: offersHash(await offers(client, group)) });
/** What our own records hold beside the name. */
const ours = (client: SceneClient, reference: string, set: { name?: string; email?: string; taxNumber?: string }) =>
  client.inScope((db) =>
    db.execute(sql`update contacts set name = coalesce(${set.name ?? null}, name), email = coalesce(${set.email ?? null}, email),
      tax_number = coalesce(${set.taxNumber ?? null}, tax_number) where client_id = ${client.clientId} and reference = ${reference}`),
  );
const reasonsOf = (offer: LinkOffer | undefined) =>
  offer?.candidates.map(({ name, reasons, doubts }) => ({ name, reasons, doubts }));

describe("customers that the books hold already", () => {
  it("FB1 a customer of the same name there is offered before the first upload, and one click links it: nothing is doubled or renamed", async () => {
    const client = await scene.client();
    await put(client, { Name: "Company C1" }, { Name: "Somebody else" });
    const before = await contactWrites(client);
    await client.add({ number: "INV-1", contact: "C1" }, { number: "INV-2", contact: "C2" });
    await client.work();
    // Nothing was uploaded, and the offer stands.
    expect(await counts(client)).toEqual({ sure: 1, archived: 0, unsure: 0, fresh: 0 });
    expect(reasonsOf((await offers(client, "sure"))[0])).toEqual([{ name: "Company C1", reasons: ["name"], doubts: [] }]);
    expect((await client.row("INV-1")).precheck_code).toBe("mapping.perhaps-there");
    await client.upload();
    await client.work();
    // Who waits for the answer is not sent, nor is what names him; all else goes.
    expect(await client.row("C1")).toMatchObject({ state: "held", error_code: "mapping.perhaps-there" });
    expect(await client.row("INV-1")).toMatchObject({ state: "held", error_code: "mapping.perhaps-there" });
    expect(await client.row("INV-2")).toMatchObject({ state: "confirmed" });
    expect(await contactWrites(client)).toBe(before + 1);
    // The card of each offers the same.
    const stopped = [await client.row("C1"), await client.row("INV-1")].map((row) => ({
      id: row.id,
      code: row.error_code ?? "",
      state: row.state,
      detail: row.error_detail as SyncErrorDetail,
    }));
    const conflicts = await client.inScope((db) => findConflicts(db, client.scope, stopped));
    const [offer] = await offers(client, "sure");
    for (const row of stopped)
      expect(conflicts.get(row.id)).toMatchObject([{ kind: "customer", name: "Company C1", offerId: offer?.id }]);
    expect(await linkAll(client)).toEqual({ linked: 1 });
    await client.work();
    // A number and an address that are blank there are no difference.
    expect(await client.row("C1")).toMatchObject({ state: "confirmed", differences: null });
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect(await contactWrites(client)).toBe(before + 1);
    expect((await client.ledger()).contacts.filter((one) => one.name === "Company C1")).toHaveLength(1);
    expect(await client.broken()).toEqual([]);
  });

  it("FB1 nothing is bound by its name before a person has said so, however sure it is", async () => {
    const client = await scene.client();
    await put(client, { Name: "Company C1" });
    await client.add({ number: "INV-1", contact: "C1" });
    await client.upload();
    for (let slice = 0; slice < 3; slice += 1) await client.work();
    const links = await client.inScope((db) =>
      db.execute(sql`select 1 from external_refs where client_id = ${client.clientId} and family = 'contact'`),
    );
    expect(links.rowCount).toBe(0);
    expect((await client.row("INV-1")).state).toBe("held");
  });

  it("FB1 a customer that waits for an answer is not sent, even where it was queued beside the question", async () => {
    const client = await scene.client();
    await put(client, { Name: "Company C1" });
    await client.add({ number: "INV-1", contact: "C1" });
    await client.upload();
    await client.work();
    const { id } = await client.row("C1");
    await client.inScope(async (db) => {
      await db.execute(sql`update postings set state = 'queued', error_code = null, error_detail = null where id = ${id}`);
      expect(await claimQueued(db, client.scope, client.connectionId, ["customer"], 10, "new")).toEqual([]);
    });
  });

  it("L9 another spelling is linked as it is: theirs is not overwritten, and the row keeps both names", async () => {
    const client = await scene.client();
    await put(client, { Name: "COMPANY C1 Limited" });
    await client.add({ number: "INV-1", contact: "C1" });
    await ours(client, "C1", { name: "Company C1 Ltd." });
    await client.upload();
    await client.work();
    expect(reasonsOf((await offers(client, "sure"))[0])).toEqual([
      { name: "COMPANY C1 Limited", reasons: ["name-alike"], doubts: [] },
    ]);
    await linkAll(client);
    await client.work();
    expect(await client.row("C1")).toMatchObject({
      state: "drifted",
      differences: [{ field: "Name", ours: "Company C1 Ltd.", theirs: "COMPANY C1 Limited" }],
    });
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect((await client.ledger()).contacts.map((one) => one.name)).toContain("COMPANY C1 Limited");
    expect(await client.broken()).toEqual([]);
  });

  it("M29 what is not sure is asked one by one: link, create, or not this one", async () => {
    const client = await scene.client();
    await put(
      client,
      { Name: "Company Cl", EmailAddress: "books@c1.example" },
      { Name: "Larch & Sons" },
      { Name: "Birch Trading", TaxNumber: "GB111" },
    );
    await client.add({ number: "INV-1", contact: "C1" }, { number: "INV-2", contact: "C2" }, { number: "INV-3", contact: "C3" });
    await ours(client, "C1", { name: "Oak Holdings", email: "BOOKS@c1.example" });
    await ours(client, "C2", { name: "Larch and Son" });
    await ours(client, "C3", { name: "Birch Trading", taxNumber: "GB 222" });
    await client.upload();
    await client.work();
    const asked = new Map((await offers(client)).map((one) => [one.reference, one]));
    expect(reasonsOf(asked.get("C1"))).toEqual([{ name: "Company Cl", reasons: ["email"], doubts: ["unlike"] }]);
    expect(reasonsOf(asked.get("C2"))).toEqual([{ name: "Larch & Sons", reasons: ["name-near"], doubts: ["unlike"] }]);
    expect(reasonsOf(asked.get("C3"))).toEqual([{ name: "Birch Trading", reasons: ["name"], doubts: ["tax-number"] }]);
    const answer = (reference: string) => {
      const offer = asked.get(reference);
      if (!offer) throw new Error(`${reference} was not asked about`);
      return { offerId: offer.id, externalId: offer.candidates[0]?.externalId ?? "" };
    };
    await linkOffer(scene.database, client.scope, answer("C1"));
    await ruleOutOffer(scene.database, client.scope, answer("C2"));
    await expect(linkOffer(scene.database, client.scope, answer("C2"))).rejects.toThrow("already answered");
    await expect(
      linkOffer(scene.database, client.scope, { ...answer("C3"), externalId: answer("C1").externalId }),
    ).rejects.toThrow("already answered");
    await createOffers(scene.database, client.scope, { offerIds: [answer("C3").offerId] });
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    // It was ruled out, and nothing else is like it: it is made.
    expect((await client.row("INV-2")).state).toBe("confirmed");
    // The package takes a name once; the refusal offers the same again.
    expect(await client.row("C3")).toMatchObject({ state: "rejected", error_code: "mapping.entity-unlinked" });
    await client.work();
    expect((await offers(client)).map((one) => one.reference)).toEqual(["C3"]);
    expect(await client.broken()).toEqual([]);
  });

  it("FB1 two of ours of one name: what a person says of the one leaves the other to one candidate", async () => {
    const client = await scene.client();
    await put(client, { Name: "J Smith", ContactStatus: "ARCHIVED" }, { Name: "J. Smith" });
    await client.add({ number: "INV-1", contact: "C1" }, { number: "INV-2", contact: "C2" });
    await ours(client, "C1", { name: "J Smith" });
    await ours(client, "C2", { name: "J Smith" });
    await client.work();
    expect(await counts(client)).toEqual({ sure: 0, archived: 0, unsure: 2, fresh: 0 });
    const [one] = await offers(client);
    const live = one?.candidates.find((candidate) => candidate.status === "active");
    await linkOffer(scene.database, client.scope, { offerId: one?.id ?? "", externalId: live?.externalId ?? "" });
    expect(await counts(client)).toEqual({ sure: 0, archived: 1, unsure: 0, fresh: 0 });
  });

  it("FB1 an answer that comes while the lists are being compared is never asked again", async () => {
    const client = await scene.client();
    await put(client, { Name: "Company C1" });
    await client.add({ number: "INV-1", contact: "C1" });
    await client.work();
    const [offer] = await offers(client, "sure");
    let comparing: Promise<number> | undefined;
    await client.inScope(async (db) => {
      await db.execute(sql`update link_offers set state = 'linked', answered_at = app.now() where id = ${offer?.id}`);
      // It sees the offer as it was before the answer, and waits for the row.
      comparing = client.inScope((other) => makeOffers(other, client.scope, client.connectionId, "contact"));
      await new Promise((resolve) => setTimeout(resolve, 500));
    });
    expect(await comparing).toBe(0);
    expect(await counts(client)).toEqual({ sure: 0, archived: 0, unsure: 0, fresh: 0 });
  });

  it("FB1 a list that has changed since it was shown is not taken by one click", async () => {
    const client = await scene.client();
    await put(client, { Name: "Company C1" });
    await client.add({ number: "INV-1", contact: "C1" });
    await client.work();
    await expect(linkAllOffers(scene.database, client.scope, { group: "sure", hash: "another" })).rejects.toThrow(
      "already answered",
    );
  });

  it("FB1 products: one of the same code and another name is offered, not refused", async () => {
    const client = await scene.client();
    await client.call("PUT", "Items", { Items: [{ Code: "WID", Name: "Widget, blue" }] });
    await client.add({ number: "INV-1", contact: "C1", lines: [{ product: "WID" }] });
    await client.upload();
    await client.work();
    expect(await client.row("WID")).toMatchObject({ state: "held", error_code: "mapping.perhaps-there" });
    expect(reasonsOf((await offers(client, "sure"))[0])).toEqual([{ name: "Widget, blue", reasons: ["number"], doubts: [] }]);
    await linkAll(client);
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect(await client.broken()).toEqual([]);
  });

  it("FB1 what nothing there is like waits for a person where the connection creates nothing unasked; set otherwise again, what waits still waits", async () => {
    const client = await scene.client();
    await put(client, { Name: "Somebody else" });
    const before = await contactWrites(client);
    await client.inScope((db) => setSyncOptions(db, client.scope, { createUnasked: false }));
    await client.add({ number: "INV-1", contact: "C1" }, { number: "INV-2", contact: "C2" });
    await client.upload();
    await client.work();
    expect(await counts(client)).toEqual({ sure: 0, archived: 0, unsure: 0, fresh: 2 });
    for (const number of ["C1", "C2", "INV-1", "INV-2"])
      expect(await client.row(number), number).toMatchObject({ state: "held", error_code: "mapping.new-there" });
    expect(await contactWrites(client)).toBe(before);

    await client.inScope((db) => setSyncOptions(db, client.scope, { createUnasked: true }));
    await client.add({ number: "INV-3", contact: "C3" });
    await client.upload();
    await client.work();
    // What is new from now on is made; nobody was asked about the others yet.
    expect((await client.row("INV-3")).state).toBe("confirmed");
    expect(await counts(client)).toEqual({ sure: 0, archived: 0, unsure: 0, fresh: 2 });
    expect(await contactWrites(client)).toBe(before + 1);

    await createOffers(scene.database, client.scope, { offerIds: (await offers(client, "fresh")).map((one) => one.id) });
    await client.work();
    for (const number of ["C1", "C2", "INV-1", "INV-2"]) expect((await client.row(number)).state, number).toBe("confirmed");
    expect(await counts(client)).toEqual({ sure: 0, archived: 0, unsure: 0, fresh: 0 });
    expect(await client.broken()).toEqual([]);
  });

  it("FB1 where nothing is created unasked, what comes to look like one of theirs is offered with it, and a link ends the question", async () => {
    const client = await scene.client();
    await client.inScope((db) => setSyncOptions(db, client.scope, { createUnasked: false }));
    await client.add({ number: "INV-1", contact: "C1" });
    await client.upload();
    await client.work();
    expect(await counts(client)).toEqual({ sure: 0, archived: 0, unsure: 0, fresh: 1 });
    await put(client, { Name: "Company C1" });
    await scene.step(120);
    // Another new one to go: the package's list is read again.
    await client.add({ number: "INV-2", contact: "C2" });
    await client.upload();
    await client.work();
    expect(await counts(client)).toEqual({ sure: 1, archived: 0, unsure: 0, fresh: 1 });
    await linkAll(client);
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect((await client.ledger()).contacts.filter((one) => one.name === "Company C1")).toHaveLength(1);
    expect(await client.broken()).toEqual([]);
  });

  it("FB1 N10 a VAT number goes to the package with its contact, and is read back: blanks apart it is the same, another is a difference", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", contact: "C1" });
    await ours(client, "C1", { taxNumber: "GB 123 4567 89" });
    await client.upload();
    await client.work();
    expect(await client.row("C1")).toMatchObject({ state: "confirmed", differences: null });
    const sent = await client.inScope((db) =>
      db.execute<{ n: string }>(
        sql`select a.sent ->> 'taxNumber' as n from posting_attempts a join postings p on p.id = a.posting_id
          where p.client_id = ${client.clientId} and p.reference = 'C1'`,
      ),
    );
    expect(sent.rows).toEqual([{ n: "GB 123 4567 89" }]);
  });

  it("FB1 with more of theirs than are compared while a person waits, the worker compares after an answer, and no list is taken by one click before", async () => {
    const client = await scene.client();
    await put(client, { Name: "Company C1" }, { Name: "Company C2" }, { Name: "J Smith" }, { Name: "J. Smith" });
    await client.add({ number: "INV-1", contact: "C1" }, { number: "INV-2", contact: "C2" }, { number: "INV-3", contact: "C3" });
    await ours(client, "C3", { name: "J Smith" });
    await client.work();
    expect(await counts(client)).toEqual({ sure: 2, archived: 0, unsure: 1, fresh: 0 });
    await client.inScope((db) =>
      db.execute(sql`insert into package_contacts (client_id, connection_id, external_id, name, status)
        select ${client.clientId}, ${client.connectionId}, gen_random_uuid(), 'Stranger ' || n, 'active' from generate_series(1, ${MOST_COMPARED}) n`),
    );
    const [asked] = await offers(client);
    await linkOffer(scene.database, client.scope, {
      offerId: asked?.id ?? "",
      externalId: asked?.candidates[0]?.externalId ?? "",
    });
    await expect(linkAll(client)).rejects.toThrow("being compared again");
    await client.work();
    expect(await linkAll(client)).toEqual({ linked: 2 });
  });
});
