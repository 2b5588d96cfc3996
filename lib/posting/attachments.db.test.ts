import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { listAttachments } from "#db/queries/export/timeline.ts";
import { addAttachment, MOST_BYTES, removeAttachment, retryAttachment } from "#lib/operational/attachments.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { sendAttachments } from "./attachments.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const pdf = (words: string) => Buffer.from(`%PDF-1.4\n${words}\n%%EOF\n`);

const documentOf = (client: SceneClient, number: string) =>
  client.inScope(async (db) => {
    const { rows } = await db.execute<{ id: string }>(
      sql`select id from documents where client_id = ${client.clientId} and number = ${number}`,
    );
    return rows[0]?.id ?? "";
  });
const attach = async (client: SceneClient, number: string, fileName: string, content: Buffer) => {
  const id = await documentOf(client, number);
  return client.inScope((db) => addAttachment(db, client.scope, id, { fileName, content }));
};
const files = async (client: SceneClient, number: string) => {
  const id = await documentOf(client, number);
  return client.inScope((db) => listAttachments(db, client.scope, id));
};
/** A call of the package's own as another program would make it. */
async function there(client: SceneClient, number: string, method = "GET", name = "", body?: Buffer) {
  const document = (await client.ledger()).documents.find((one) => one.number === number);
  const { access_token } = await scene.control.tokens([client.tenant]);
  const kind = document?.type.includes("credit") ? "CreditNotes" : "Invoices";
  const answer = await fetch(`${scene.simulator.url}/api.xro/2.0/${kind}/${document?.id}/Attachments${name && `/${name}`}`, {
    method,
    headers: { authorization: `Bearer ${access_token}`, "xero-tenant-id": client.tenant, accept: "application/json" },
    ...(body ? { body: new Uint8Array(body) } : {}),
  });
  const { Attachments } = (await answer.json()) as {
    Attachments: { FileName: string; ContentLength: number; AttachmentID: string }[];
  };
  return Attachments;
}
const puts = async (client: SceneClient) => (await client.writes()).filter((call) => call.path.includes("/Attachments/")).length;
const posted = async (...numbers: string[]) => {
  const client = await scene.client();
  await client.add(...numbers.map((number) => ({ number })));
  await client.upload();
  await client.work();
  return client;
};

describe("files on documents", () => {
  it("N23 a PDF waits for its document, follows it, and can be seen on the package's page, byte for byte", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "CN-1", kind: "sales-credit-note" });
    await attach(client, "INV-1", "Delivery note & terms.pdf", pdf("signed"));
    await attach(client, "CN-1", "credit.pdf", pdf("credit"));
    await client.work();
    expect(await puts(client)).toBe(0);
    await client.upload();
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect(await files(client, "INV-1")).toMatchObject([{ state: "sent", tries: 1, errorCode: null }]);
    expect(await files(client, "CN-1")).toMatchObject([{ state: "sent" }]);
    const [held] = await there(client, "INV-1");
    expect(held).toMatchObject({ FileName: "Delivery note & terms.pdf", ContentLength: pdf("signed").length });
    const document = (await client.ledger()).documents.find((one) => one.number === "INV-1");
    const page = await (await fetch(`${scene.simulator.url}/xero/${client.tenant}/document/${document?.id}`)).text();
    expect(page).toContain("Delivery note &#38; terms.pdf");
    const shown = await fetch(`${scene.simulator.url}/xero/${client.tenant}/file/${held?.AttachmentID}`);
    expect(Buffer.from(await shown.arrayBuffer())).toEqual(pdf("signed"));
    expect(shown.headers.get("content-type")).toBe("application/pdf");
    await client.work();
    expect(await puts(client)).toBe(2);
  });

  it("N23 a refused file leaves its invoice as it is, says why, and a retry sends it", async () => {
    const client = await posted("INV-1");
    for (let count = 1; count <= 10; count += 1) await there(client, "INV-1", "PUT", `theirs-${count}.pdf`, pdf(`${count}`));
    const { id } = await attach(client, "INV-1", "ours.pdf", pdf("ours"));
    await client.work();
    expect(await files(client, "INV-1")).toMatchObject([
      { state: "failed", errorCode: "package.refused", errorDetail: { said: ["A maximum of 10 attachments is allowed."] } },
    ]);
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed", error_code: null });
    await client.inScope((db) => retryAttachment(db, client.scope, id));
    await client.work();
    expect(await files(client, "INV-1")).toMatchObject([{ state: "failed" }]);
    expect(await puts(client)).toBe(12);
    await client.inScope((db) => removeAttachment(db, client.scope, id));
    expect(await files(client, "INV-1")).toEqual([]);
  });

  it("N23 a consent without files fails the file alone: the connection and its documents go on", async () => {
    const client = await posted("INV-1");
    await attach(client, "INV-1", "ours.pdf", pdf("ours"));
    const narrow = await scene.control.tokens([client.tenant], {
      scope: "offline_access accounting.invoices accounting.contacts",
    });
    const world = client.worldFor(await client.lease());
    await sendAttachments({ ...world, token: async () => ({ value: narrow.access_token, version: 1 }) }, () => true);
    expect(await files(client, "INV-1")).toMatchObject([{ state: "failed", errorCode: "connection.scope-missing" }]);
    expect(client.lost()).toBeNull();
  });

  it.each(["N05", "P06", "N14"])(
    "N23 %s after the file was kept: it is found by name and size, and never sent twice",
    async (name) => {
      const client = await posted("INV-1");
      await attach(client, "INV-1", "ours.pdf", pdf("ours"));
      await client.faults({ name, call: 1, method: "PUT", path: "Attachments" });
      await client.work();
      expect(await files(client, "INV-1")).toMatchObject([{ state: "waiting", errorCode: "unknown.timeout-after-send" }]);
      await client.work();
      expect(await puts(client)).toBe(1);
      await scene.step(15);
      await client.work();
      expect(await files(client, "INV-1")).toMatchObject([{ state: "sent", tries: 1 }]);
      expect(await puts(client)).toBe(1);
      expect(await there(client, "INV-1")).toHaveLength(1);
    },
  );

  it("N23 P05 a file that was not kept is sent again once the package can no longer be at work on it", async () => {
    const client = await posted("INV-1");
    await attach(client, "INV-1", "ours.pdf", pdf("ours"));
    await client.faults({ name: "P05", call: 1, method: "PUT", path: "Attachments" });
    await client.work();
    await scene.step(15);
    await client.work();
    expect(await puts(client)).toBe(1);
    await scene.step(420);
    await client.work();
    expect(await files(client, "INV-1")).toMatchObject([{ state: "sent", tries: 2 }]);
    expect(await there(client, "INV-1")).toHaveLength(1);
  });

  it("N23 takes PDF, PNG and JPG by their first bytes alone, within limits, and each once", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);
    expect((await attach(client, "INV-1", "scan.pdf", png)).fileName).toBe("scan.pdf.png");
    expect((await attach(client, "INV-1", "note.pdf", pdf("one"))).fileName).toBe("note.pdf");
    expect((await attach(client, "INV-1", "NOTE.pdf", pdf("two"))).fileName).toBe("NOTE (2).pdf");
    await expect(attach(client, "INV-1", "again.pdf", pdf("one"))).rejects.toThrow('already attached, as "note.pdf"');
    await expect(attach(client, "INV-1", "page.pdf", Buffer.from("<html>"))).rejects.toThrow("PDF, PNG or JPG");
    await expect(attach(client, "INV-1", "empty.pdf", Buffer.alloc(0))).rejects.toThrow("empty");
    await expect(attach(client, "INV-1", "big.pdf", Buffer.concat([pdf("x"), Buffer.alloc(MOST_BYTES)]))).rejects.toThrow(
      "10 MB at most",
    );
    const other = await scene.client();
    const id = await documentOf(client, "INV-1");
    await expect(
      other.inScope((db) => addAttachment(db, other.scope, id, { fileName: "a.pdf", content: pdf("theirs") })),
    ).rejects.toThrow("no such document");
  });
});
