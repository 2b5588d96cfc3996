import { describe, expect, it } from "vitest";
import type { ClientScope } from "#db/client.ts";
import { findFileImport } from "#db/queries/file-imports.ts";
import { importScene } from "#lib/testing/import-scene.ts";
import { planUndo, undoImport } from "./undo.ts";

const scene = importScene("undo");
const { query } = scene;
/** A client with a live connection, so that its records have postings. */
async function aClient(): Promise<ClientScope> {
  const scope = await scene.aClient();
  await query(
    scope,
    `insert into connections (client_id, package, state, tenant_id, tenant_name, connected_by_name, connected_at)
      values ('${scope.clientId}', 'xero', 'live', 't-${scope.clientId}', 'T', 'Bookkeeper', app.now())`,
  );
  return scope;
}

let files = 0;
async function take(scope: ClientScope, content: string, profile = "standard"): Promise<string> {
  files += 1;
  const preview = await scene.read(scope, content, { profile, name: `file-${files}.csv` });
  expect(preview.state).toBe("previewed");
  await scene.commit(scope, preview);
  return preview.importId;
}
const undo = (scope: ClientScope, importId: string) => scene.database.inScope(scope, (db) => undoImport(db, scope, importId));
const plan = (scope: ClientScope, importId: string) =>
  scene.database.inScope(scope, async (db) => {
    const row = await findFileImport(db, scope, importId);
    return row ? planUndo(db, scope, row) : null;
  });

const HEAD =
  "Type,Number,Date,Customer/Supplier reference,Name,Product,Description,Quantity,Unit price,Nominal code,Tax code,Country";
const documents = (...lines: string[]) => `${[HEAD, ...lines].join("\n")}\n`;
const FIRST = documents(
  "Sales invoice,INV-1,2026-11-01,C1,Ashdown Ltd,P1,Widget,1,10.00,4000,S,France",
  "Bill,B-1,2026-11-01,S1,Paper Ltd,,Paper,1,20.00,5000,S,",
);
const SECOND = documents(
  "Sales invoice,INV-1,2026-11-01,C1,Ashdown Trading Ltd,P1,Widget,2,10.00,4000,S,Spain",
  "Sales invoice,INV-2,2026-11-02,C2,Peak Ltd,P2,Gadget,1,5.00,4000,S,",
);

/** Everything of the client that an upload can touch, moments and ids left out. */
const state = (scope: ClientScope) =>
  query(
    scope,
    `select
      (select json_agg(json_build_array(d.number, d.status, d.revision, d.issued_on, d.net_minor::text, d.country, d.content_sha, d.import_id, c.name) order by d.number) from documents d join contacts c on c.id = d.contact_id) as documents,
      (select json_agg(json_build_array(d.number, l.revision, l.quantity) order by d.number, l.revision) from document_lines l join documents d on d.id = l.document_id) as lines,
      (select count(*)::int from document_lines l where not exists (select from documents d where d.id = l.document_id)) as orphans,
      (select json_agg(json_build_array(reference, name, revision, country, content_sha, import_id) order by reference) from contacts) as contacts,
      (select json_agg(json_build_array(reference, name, revision, import_id) order by reference) from products) as products,
      (select json_agg(json_build_array(kind, reference, party, state, revision, current, gross_minor::text) order by kind, reference, revision) from postings) as postings`,
  );

describe("D4 undo of a file upload", () => {
  it("shows first what it will touch, then takes what was made and puts back what was amended, to the last field", async () => {
    const scope = await aClient();
    await take(scope, FIRST);
    const before = await state(scope);
    const second = await take(scope, SECOND);
    expect(await plan(scope, second)).toMatchObject({
      documents: { created: 1, amended: 1 },
      contacts: { created: 1, amended: 1, stay: 0 },
      products: { created: 1, amended: 0, stay: 0 },
      blockers: [],
    });
    await undo(scope, second);
    expect(await state(scope)).toEqual(before);
    expect(await query(scope, `select state, undone_by from file_imports where id = '${second}'`)).toEqual([
      { state: "undone", undone_by: "Bookkeeper" },
    ]);
    await expect(undo(scope, second)).rejects.toThrow("already been undone");
    // What was undone can be uploaded again, and the earlier file's undo leaves nothing.
    const again = await take(scope, SECOND);
    await undo(scope, again);
    const [first] = await query<{ id: string }>(scope, "select id from file_imports where state = 'committed'");
    await undo(scope, first?.id ?? "");
    expect(await state(scope)).toEqual([
      { documents: null, lines: null, orphans: 0, contacts: null, products: null, postings: null },
    ]);
  });

  it.each([
    [
      "was sent",
      "update postings set state = 'queued' where reference = 'INV-2'; update postings set state = 'sending' where reference = 'INV-2'",
      "INV-2 was sent",
    ],
    ["is queued", "update postings set state = 'queued' where reference = 'INV-2'", "INV-2 is queued"],
    ["was marked", "update postings set state = 'skipped' where reference = 'INV-2'", "INV-2 is marked as exported"],
    ["may have been sent", "update postings set maybe_sent = true where reference = 'INV-1'", "INV-1 was sent"],
    [
      "is linked",
      "insert into external_refs (client_id, connection_id, family, external_id, record_id, linked_by) select client_id, connection_id, 'document', 'x', record_id, 'test' from postings where reference = 'INV-2'",
      "INV-2 is linked to the package",
    ],
  ])("what %s keeps the whole upload, and is named", async (_, change, words) => {
    const scope = await aClient();
    await take(scope, FIRST);
    const second = await take(scope, SECOND);
    for (const statement of change.split(";")) await query(scope, statement);
    const before = await state(scope);
    await expect(undo(scope, second)).rejects.toThrow(words);
    expect(await state(scope)).toEqual(before);
  });

  it("an amendment of what was sent before is undone while it was not sent itself", async () => {
    const scope = await aClient();
    await take(scope, FIRST);
    for (const to of ["queued", "sending", "posted", "confirmed"])
      await query(scope, `update postings set state = '${to}' where reference in ('INV-1', 'Ashdown Ltd', 'C1')`);
    const before = await state(scope);
    const second = await take(scope, SECOND);
    expect(
      await query(scope, "select revision, current, state from postings where reference = 'INV-1' order by revision"),
    ).toEqual([
      { revision: 1, current: false, state: "confirmed" },
      { revision: 2, current: true, state: "pending" },
    ]);
    await undo(scope, second);
    expect(await state(scope)).toEqual(before);
  });

  it("a later file's amendment blocks until that file is undone; a customer that another document needs stays", async () => {
    const scope = await aClient();
    const first = await take(scope, FIRST);
    const second = await take(scope, SECOND);
    await expect(undo(scope, first)).rejects.toThrow("was changed since, by another file or by hand");
    const third = await take(scope, documents("Sales invoice,INV-3,2026-11-03,C2,Peak Ltd,P2,Gadget,1,5.00,4000,S,"));
    expect((await plan(scope, second))?.contacts.stay).toBe(1);
    await undo(scope, second);
    expect(await query(scope, "select reference from contacts order by 1")).toEqual([
      { reference: "C1" },
      { reference: "C2" },
      { reference: "S1" },
    ]);
    await undo(scope, third);
    await undo(scope, first);
    expect(await query(scope, "select number from documents")).toEqual([]);
  });

  it("codes go back too, but for those that something uses", async () => {
    const scope = await aClient();
    await take(scope, "Code,Name,Type\n4000,Sales,sales\n", "nominal-codes");
    const codes = await take(scope, "Code,Name,Type\n4000,Turnover,other\n4001,More,sales\n4002,Used,sales\n", "nominal-codes");
    await take(scope, documents("Sales invoice,INV-1,2026-11-01,C1,A,,Widget,1,10.00,4002,S,"));
    expect((await plan(scope, codes))?.codes).toEqual({ created: 1, amended: 1, stay: ["4002"] });
    await undo(scope, codes);
    expect(await query(scope, "select code, name, kind from nominal_codes order by 1")).toEqual([
      { code: "4000", name: "Sales", kind: "sales" },
      { code: "4002", name: "Used", kind: "sales" },
    ]);
  });

  it("payments of a file are taken back: their documents are open again", async () => {
    const scope = await aClient();
    await take(scope, "Reference,Name,Terms\nC1,Cash Ltd,cash\n", "customers");
    await take(scope, documents("Sales invoice,INV-1,2026-11-01,C1,,,Widget,1,10.00,4000,S,"));
    const paid = await take(scope, "Number,Date,Document,Amount,Bank nominal code\nP1,2026-11-05,INV-1,12.00,1200\n", "payments");
    expect(await query(scope, "select paid_minor::text as paid from documents")).toEqual([{ paid: "1200" }]);
    expect((await plan(scope, paid))?.payments).toBe(1);
    await undo(scope, paid);
    expect(await query(scope, "select paid_minor::text as paid from documents")).toEqual([{ paid: "0" }]);
  });
});
