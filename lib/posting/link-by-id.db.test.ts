import { afterAll, describe, expect, it } from "vitest";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { linkByPackageId } from "./link-by-id.ts";
import { lookAtRow } from "./look-now.ts";
import { markExported } from "./mark.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const there = async (client: SceneClient, number: string) =>
  (await scene.control.ledger(client.tenant)).documents.filter((document) => document.number === number);

/** An invoice that somebody typed into the package by hand: £10.00 and £2.00 tax unless told otherwise. Answers its id. */
async function typedIn(client: SceneClient, number: string, over: Record<string, unknown> = {}): Promise<string> {
  const contact = (await client.ledger()).contacts.find((one) => one.key === "C1");
  await client.call("PUT", "Invoices", {
    Type: "ACCREC",
    InvoiceNumber: number,
    Contact: { ContactID: contact?.id },
    Date: "2026-11-02",
    DueDate: "2026-12-02",
    Status: "AUTHORISED",
    LineItems: [{ Description: "By hand", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2" }],
    ...over,
  });
  return (await there(client, number)).at(-1)?.id ?? "";
}

/** A client whose customer C1 is in the package, with these invoices pending. */
async function aClient(...numbers: string[]): Promise<SceneClient> {
  const client = await scene.client();
  await client.add(...numbers.map((number) => ({ number })));
  await client.upload("C1");
  await client.work();
  return client;
}

const link = async (client: SceneClient, reference: string, pasted: string, accept?: boolean) =>
  linkByPackageId(
    scene.database,
    client.scope,
    { postingId: (await client.row(reference)).id, pasted, ...(accept === undefined ? {} : { accept }) },
    client.app,
  );
const look = async (client: SceneClient, reference: string) =>
  lookAtRow(scene.database, client.scope, (await client.row(reference)).id, client.app);

describe("N25 a record linked by its pasted id", () => {
  it("N25 equal: linked and ticked by that one read, with its evidence, and never sent", async () => {
    const client = await aClient("INV-1");
    const id = await typedIn(client, "INV-1");
    const writes = (await client.writes()).length;
    const answer = await link(client, "INV-1", `https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID=${id.toUpperCase()}`);
    expect(answer).toMatchObject({ outcome: "linked", externalId: id, differences: [] });
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed", panel: "exported" });
    await expect(client.upload("INV-1")).rejects.toThrow();
    await client.work();
    expect((await client.writes()).length).toBe(writes);
    expect(await client.broken()).toEqual([]);
    expect(await client.audit("posting.linked")).toMatchObject([{ subject: "INV-1", detail: { externalId: id, accepted: [] } }]);
    // And from now on a change of it goes as a change.
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect(await there(client, "INV-1")).toMatchObject([{ id, gross: "50.00" }]);
  });

  it("N25 different: nothing is done and both values are shown; accepted, it stands as exported and amber", async () => {
    const client = await aClient("INV-1");
    const id = await typedIn(client, "INV-1", { Date: "2026-11-03" });
    const answer = await link(client, "INV-1", id);
    expect(answer).toMatchObject({
      outcome: "differs",
      differences: [{ field: "Date", ours: "2026-11-02", theirs: "2026-11-03" }],
    });
    expect(answer.message).toContain("Date 2026-11-02 here, 2026-11-03 there");
    expect((await client.row("INV-1")).state).toBe("pending");
    expect(await link(client, "INV-1", id, true)).toMatchObject({ outcome: "linked-differing" });
    expect(await client.row("INV-1")).toMatchObject({ state: "drifted", differences: [{ field: "Date" }] });
  });

  it("N25 a draft there is linked and not green", async () => {
    const client = await aClient("INV-1");
    const id = await typedIn(client, "INV-1", { Status: "DRAFT" });
    expect(await link(client, "INV-1", id)).toMatchObject({ outcome: "linked-draft" });
    expect(await client.row("INV-1")).toMatchObject({ state: "posted", held_as_draft: true });
  });

  it("N25 one that was marked by hand gets its link and its tick", async () => {
    const client = await aClient("INV-1");
    const id = await typedIn(client, "INV-1");
    const { id: row } = await client.row("INV-1");
    await client.inScope((db) => markExported(db, client.scope, { ids: [row] }, "Typed in"));
    expect(await link(client, "INV-1", id)).toMatchObject({ outcome: "linked" });
    expect((await client.row("INV-1")).state).toBe("confirmed");
  });

  it("N25 refused: what is linked elsewhere is named; no id, an unknown id, another kind, a row on its way", async () => {
    const client = await aClient("INV-1", "INV-2", "INV-3");
    await client.upload("INV-2");
    await client.work();
    const [second] = await there(client, "INV-2");
    await expect(link(client, "INV-1", second?.id ?? "")).rejects.toThrow("It is linked to Sales invoice INV-2 already.");
    await expect(link(client, "INV-1", "INV-1")).rejects.toThrow("No id of Xero was found in this");
    await expect(link(client, "INV-1", client.clientId)).rejects.toThrow("Xero holds no sales invoice under this id");
    const bill = await typedIn(client, "B-1", {
      Type: "ACCPAY",
      LineItems: [{ Description: "By hand", Quantity: 1, UnitAmount: 10, AccountCode: "310", TaxType: "INPUT2" }],
    });
    await expect(link(client, "INV-1", bill)).rejects.toThrow("In Xero it is a bill, not a sales invoice");
    await expect(link(client, "INV-2", second?.id ?? "")).rejects.toThrow("already exported");
    await client.upload("INV-3");
    await expect(link(client, "INV-3", second?.id ?? "")).rejects.toThrow("is being sent");
    expect((await client.row("INV-1")).state).toBe("pending");
  });

  it("N25 the way out of a conflict: a person says which of the two it is", async () => {
    const client = await scene.client();
    await client.add({ number: "CN-1", kind: "sales-credit-note" });
    await client.upload("C1");
    await client.work();
    const contact = (await client.ledger()).contacts[0];
    const note = {
      Type: "ACCRECCREDIT",
      CreditNoteNumber: "CN-1",
      Contact: { ContactID: contact?.id },
      Date: "2026-11-02",
      Status: "AUTHORISED",
      LineItems: [{ Description: "By hand", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2" }],
    };
    await client.settings({ creditNoteNumbersUnique: false });
    await client.call("PUT", "CreditNotes", note);
    await client.call("PUT", "CreditNotes", note);
    await client.upload("CN-1");
    await client.faults({ name: "P05", call: 1, method: "PUT" });
    await client.work();
    for (let slice = 0; slice < 4 && (await client.row("CN-1")).state === "unknown"; slice += 1) {
      await scene.step(400);
      await client.work();
    }
    const row = await client.row("CN-1");
    expect(row).toMatchObject({ state: "conflict" });
    const [first] = await there(client, "CN-1");
    expect(String(row.error_detail?.value)).toContain(first?.id);
    expect(await link(client, "CN-1", first?.id ?? "")).toMatchObject({ outcome: "linked" });
    expect((await client.row("CN-1")).state).toBe("confirmed");
    expect(await there(client, "CN-1")).toHaveLength(2);
  });

  it("N25 N41 the way out of a change that is refused: it is accepted as it stands there", async () => {
    const client = await aClient("INV-1");
    await client.upload("INV-1");
    await client.work();
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "12.00" });
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.work();
    const [document] = await there(client, "INV-1");
    expect(await link(client, "INV-1", document?.id ?? "")).toMatchObject({ outcome: "differs" });
    expect(await link(client, "INV-1", document?.id ?? "", true)).toMatchObject({ outcome: "linked-differing" });
    expect(await client.row("INV-1")).toMatchObject({ state: "drifted", revision: 2 });
  });

  it("N25 a customer linked to the contact that is there releases what waited for it", async () => {
    const client = await scene.client();
    await client.call("PUT", "Contacts", { Name: "Company C1", ContactNumber: "C1" });
    await client.add({ number: "INV-1" });
    const contact = (await client.ledger()).contacts[0];
    expect(await link(client, "C1", contact?.id ?? "")).toMatchObject({ outcome: "linked" });
    await client.upload("INV-1");
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect((await client.ledger()).contacts).toHaveLength(1);
  });
});

describe("L4 Look now, for any row that was sent", () => {
  it("L4 a green row that somebody changed there turns amber at once, and green again when it is put right", async () => {
    const client = await aClient("INV-1");
    await client.upload("INV-1");
    await client.work();
    expect(await look(client, "INV-1")).toMatchObject({ outcome: "equal" });
    const [document] = await there(client, "INV-1");
    await scene.control.editDocument(client.tenant, document?.id ?? "", { gross: "12.01" });
    expect(await look(client, "INV-1")).toMatchObject({ outcome: "differs" });
    expect(await client.row("INV-1")).toMatchObject({ state: "drifted" });
    await scene.control.editDocument(client.tenant, document?.id ?? "", { gross: "12.00" });
    expect(await look(client, "INV-1")).toMatchObject({ outcome: "equal" });
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed", differences: null });
  });

  it("L4 a draft approved there turns green at once", async () => {
    const client = await aClient("INV-1");
    client.postAs("draft");
    await client.upload("INV-1");
    await client.work();
    expect(await look(client, "INV-1")).toMatchObject({ outcome: "draft" });
    const [document] = await there(client, "INV-1");
    await scene.control.editDocument(client.tenant, document?.id ?? "", { status: "AUTHORISED" });
    expect(await look(client, "INV-1")).toMatchObject({ outcome: "equal" });
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed", held_as_draft: false });
  });

  it("L4 what was not sent has nothing to check; what is unclear is left to the worker", async () => {
    const client = await aClient("INV-1");
    await expect(look(client, "INV-1")).rejects.toThrow("nothing to check");
    await client.upload("INV-1");
    await client.faults({ name: "N05", call: 1, method: "PUT" });
    await client.work();
    expect(await look(client, "INV-1")).toMatchObject({ outcome: "asked" });
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
  });
});
