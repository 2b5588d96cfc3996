import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { saveAccounts, saveTaxRates } from "#db/queries/connections/catalogue.ts";
import { listPackageAccounts } from "#db/queries/mapping/mapping.ts";
import type { CalledConnector, PackageTaxRate } from "#lib/connectors/types.ts";
import { workOn } from "#lib/jobs/time-slice.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { sentFromJson } from "./sent-record.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene();
});
afterAll(() => scene.close());

const LINE = { nominalCode: "4000", taxCode: "STD", netMinor: 10_000n, taxMinor: 2_000n };

/** Sales go to an account that has lost its code; its lists were read for a package that names accounts as said. */
async function withoutCode(client: SceneClient, onLines: "id" | "code") {
  const accounts = await client.inScope((db) => listPackageAccounts(db, client.scope, client.connectionId));
  const sales = accounts.find((one) => one.code === "200");
  if (!sales) throw new Error("The scene has no account 200");
  const now = accounts.map((one) => (one === sales ? { ...one, code: null } : one));
  await client.inScope((db) => saveAccounts(db, client.scope, client.connectionId, now, onLines));
  return sales;
}

/** A worker's time slice with the package as a test has it. */
async function workWith(client: SceneClient, over: (connector: CalledConnector) => Partial<CalledConnector>) {
  const world = client.worldFor(await client.lease());
  await workOn({ ...world, connector: { ...world.connector, ...over(world.connector) } }, 30_000);
}

/** Names accounts by id, and gives account 200 without its code. */
const byId = ({ can, discover }: CalledConnector): Partial<CalledConnector> => ({
  can: { ...can, accounts: { ...can.accounts, onLines: "id" } },
  discover: {
    ask: discover.ask,
    read: (...answer) => {
      const lists = discover.read(...answer);
      if (!lists.accounts) return lists;
      return { ...lists, accounts: lists.accounts.map((one) => (one.code === "200" ? { ...one, code: null } : one)) };
    },
  },
});

/** What the last attempt of a posting carried. */
async function sentOf(client: SceneClient, reference: string) {
  const row = await client.row(reference);
  const { rows } = await client.inScope((db) =>
    db.execute<{ sent: unknown }>(sql`select sent from posting_attempts where posting_id = ${row.id}`),
  );
  const sent = sentFromJson(rows.at(-1)?.sent);
  return "lines" in sent ? sent : expect.fail("not a document");
}

it("BD4 an account without a code goes where the package names accounts by id: mapping, pre-check and sending", async () => {
  const client = await scene.client();
  const account = await withoutCode(client, "id");
  await client.add({ number: "ID-1", lines: [LINE] });
  expect(await client.row("ID-1")).toMatchObject({
    precheck: "warning",
    precheck_code: "source.dependency-missing",
  });
  await client.upload();
  await workWith(client, byId);
  await workWith(client, byId);
  expect(await client.row("ID-1")).toMatchObject({ state: "confirmed", differences: null });
  expect((await sentOf(client, "ID-1")).lines).toMatchObject([
    {
      target: { account: { externalId: account.externalId, code: null } },
      tax: { externalId: "OUTPUT2", rate: expect.stringMatching(/^20/) },
    },
  ]);
});

it("BD4 it stops where the package names accounts by code", async () => {
  const client = await scene.client();
  await withoutCode(client, "code");
  await client.add({ number: "ID-2", lines: [LINE] });
  expect(await client.row("ID-2")).toMatchObject({ precheck: "blocked", precheck_code: "package.account-without-code" });
});

it("BB6 what a package says of a tax rate beside its id goes with each line", async () => {
  const client = await scene.client();
  const rate: PackageTaxRate = {
    externalId: "OUTPUT2",
    code: "20.0",
    name: "Standard",
    rate: "20",
    attributes: { status: "TAXABLE" },
    selfAccounts: false,
    active: true,
    appliesTo: ["revenue"],
  };
  const save = () => client.inScope((db) => saveTaxRates(db, client.scope, client.connectionId, [rate]));
  expect(await save()).toMatchObject({ written: 1 });
  expect(await save()).toMatchObject({ written: 0 });
  await client.add({ number: "TX-1", lines: [LINE] });
  await client.upload();
  await client.work();
  expect((await sentOf(client, "TX-1")).lines.map((line) => line.tax)).toEqual([
    { externalId: "OUTPUT2", code: "20.0", rate: "20", attributes: { status: "TAXABLE" } },
  ]);
});

it("BB6 tax that the package reckons: the net earns the tick, and its tax stands beside ours", async () => {
  const client = await scene.client();
  const theirs = ({ can }: CalledConnector) => ({ can: { ...can, tax: "theirs" as const } });
  await client.add({ number: "AST-1", lines: [LINE] });
  await client.upload();
  await workWith(client, theirs);
  await workWith(client, theirs);
  expect(await client.row("AST-1")).toMatchObject({ state: "confirmed", differences: null });
  const { rows } = await client.inScope((db) =>
    db.execute<{ noted: unknown }>(
      sql`select noted from postings where reference = 'AST-1' and connection_id = ${client.connectionId}`,
    ),
  );
  expect(rows).toEqual([
    {
      noted: [
        { field: "Tax", ours: "£20.00", theirs: "£20.00" },
        { field: "Gross", ours: "£120.00", theirs: "£120.00" },
      ],
    },
  ]);
});
