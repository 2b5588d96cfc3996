import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { exchangeRead } from "#lib/calling/call.ts";
import { saveMappings } from "#lib/mapping/save.ts";
import { recordEdit, saveRecord } from "#lib/operational/edit-records.ts";
import { setExcluded } from "#lib/pending/withheld.ts";
import { refreshCatalogue } from "#lib/pulling/catalogue.ts";
import { setEntities } from "#lib/setup/settings.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { linkByPackageId } from "./link-by-id.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const idOf = (client: SceneClient, table: "contacts" | "products" | "nominal_codes", key: string) =>
  client.inScope(async (db) => {
    const { rows } = await db.execute<{ id: string }>(sql`
      select id from ${sql.identifier(table)} where client_id = ${client.clientId}
        and ${sql.identifier(table === "nominal_codes" ? "code" : "reference")} = ${key}`);
    return rows[0]?.id ?? "";
  });

/** What a person enters on the customer's own screen. */
async function renameCustomer(client: SceneClient, reference: string, name: string): Promise<void> {
  const id = await idOf(client, "contacts", reference);
  const edit = recordEdit.parse({
    what: "contact",
    id,
    reference,
    name,
    email: "",
    taxNumber: "",
    country: "",
    terms: "cash",
    isCustomer: true,
    isSupplier: false,
  });
  await client.inScope((db) => saveRecord(db, client.scope, edit));
}

async function nominalKind(client: SceneClient, code: string, kind: "sales" | "stock"): Promise<void> {
  const id = await idOf(client, "nominal_codes", code);
  const edit = recordEdit.parse({ what: "nominal-code", id, code, name: "Training", kind });
  await client.inScope((db) => saveRecord(db, client.scope, edit));
}

/** Refresh, as the console has it after somebody changed something in the package. */
async function refresh(client: SceneClient): Promise<void> {
  const world = client.worldFor(await client.lease());
  await refreshCatalogue({
    database: scene.database,
    scope: client.scope,
    connectionId: client.connectionId,
    connector: world.connector,
    exchange: (of, ask) => exchangeRead(world, of, ask),
  });
}

const set = (client: SceneClient, query: ReturnType<typeof sql>) => client.inScope((db) => db.execute(query));

/** Whose name stands in the package already, of nobody of ours. */
const typedIn = async (client: SceneClient, name: string): Promise<string> => {
  await client.call("PUT", "Contacts", { Name: name });
  return (await client.ledger()).contacts.find((one) => one.name === name)?.id ?? "";
};

interface Mended {
  readonly id: string;
  readonly cause: string;
  /** What is spoiled before the upload of INV-1 of customer C1. */
  readonly spoil: (client: SceneClient) => Promise<unknown>;
  readonly mender: string;
  readonly mend: (client: SceneClient) => Promise<unknown>;
  /** What INV-1 is held for. */
  readonly code: string;
}

const LONG = "x".repeat(256);

const TABLE: readonly Mended[] = [
  {
    id: "M71 M20",
    cause: "a nominal code without a mapping",
    spoil: (client) => client.add({ number: "INV-1", lines: [{}, { nominalCode: "4010" }] }),
    mender: "its mapping",
    mend: (client) =>
      client.inScope(async (db) => {
        const { rows } = await db.execute<{ id: string }>(
          sql`select external_id as id from package_accounts where client_id = ${client.clientId} and code = '260'`,
        );
        await saveMappings(db, client.scope, "nominal", [{ sourceCode: "4010", targetExternalId: rows[0]?.id ?? "" }]);
      }),
    code: "mapping.account-missing",
  },
  {
    id: "M72",
    cause: "a tax code without a mapping",
    spoil: async (client) => {
      await set(
        client,
        sql`insert into tax_codes (client_id, code, name, rate) values (${client.clientId}, 'RED', 'Reduced', '5')`,
      );
      await client.add({ number: "INV-1", lines: [{}, { taxCode: "RED", taxMinor: 50n }] });
    },
    mender: "its mapping",
    mend: (client) =>
      client.inScope((db) => saveMappings(db, client.scope, "tax", [{ sourceCode: "RED", targetExternalId: "RROUTPUT" }])),
    code: "mapping.tax-missing",
  },
  {
    id: "M67",
    cause: "a customer whose name is too long",
    spoil: async (client) => {
      await client.add({ number: "INV-1" });
      await client.rename("C1", LONG);
    },
    mender: "the customer's own screen",
    mend: (client) => renameCustomer(client, "C1", "Short Ltd"),
    code: "source.dependency-missing",
  },
  {
    id: "M68",
    cause: "a product whose name is too long",
    spoil: async (client) => {
      await client.add({ number: "INV-1", lines: [{ product: "P1" }] });
      await client.rename("P1", LONG);
    },
    mender: "another file",
    mend: (client) => client.rename("P1", "Mug"),
    code: "source.dependency-missing",
  },
  {
    id: "M67",
    cause: "a customer whose name another contact there has",
    spoil: async (client) => {
      await typedIn(client, "Company C1");
      await client.add({ number: "INV-1" });
    },
    mender: "a link by its id",
    mend: async (client) => {
      const there = (await client.ledger()).contacts.find((one) => one.name === "Company C1");
      await linkByPackageId(
        scene.database,
        client.scope,
        { postingId: (await client.row("C1")).id, pasted: there?.id ?? "", accept: true },
        client.app,
      );
    },
    code: "mapping.perhaps-there",
  },
  {
    id: "M65",
    cause: "a kind that is not ticked",
    spoil: async (client) => {
      await client.add({ number: "INV-1" });
      await set(
        client,
        sql`update connections set entities_on = array_remove(entities_on, 'customer') where id = ${client.connectionId}`,
      );
    },
    mender: "the switch",
    mend: (client) =>
      client.inScope((db) => setEntities(db, client.scope, ["customer", "supplier", "product", "sales-invoice", "bill"])),
    code: "source.dependency-missing",
  },
  {
    id: "M66",
    cause: "an excluded customer whose invoice was asked for before",
    spoil: async (client) => {
      await client.add({ number: "INV-1" });
      const id = await idOf(client, "contacts", "C1");
      await set(client, sql`update postings set aside = 'excluded' where client_id = ${client.clientId} and reference = 'C1'`);
      await set(client, sql`update contacts set excluded = true where id = ${id}`);
    },
    mender: "the exclusion taken away",
    mend: async (client) => {
      const id = await idOf(client, "contacts", "C1");
      await client.inScope((db) => setExcluded(db, client.scope, "contact", [id], false));
    },
    code: "source.dependency-missing",
  },
  {
    id: "M50",
    cause: "a nominal of stock",
    spoil: async (client) => {
      await client.map("nominal", "4010", "260");
      await nominalKind(client, "4010", "stock");
      await client.add({ number: "INV-1", lines: [{ nominalCode: "4010" }] });
    },
    mender: "the nominal code's own screen",
    mend: (client) => nominalKind(client, "4010", "sales"),
    code: "rule.stock-nominal-not-used",
  },
  {
    id: "M15",
    cause: "a lock date",
    spoil: async (client) => {
      await client.settings({ periodLock: "2026-11-30" });
      await client.add({ number: "INV-1" });
    },
    mender: "the lock moved there, and Refresh",
    mend: async (client) => {
      await client.settings({ periodLock: null });
      await refresh(client);
    },
    code: "package.period-locked",
  },
  {
    id: "M29",
    cause: "a currency that is not there",
    spoil: async (client) => {
      await set(client, sql`update connections set currencies = '{GBP,USD}' where id = ${client.connectionId}`);
      await client.add({ number: "INV-1", currency: "EUR" });
    },
    mender: "Refresh, after the currency was added there",
    mend: refresh,
    code: "package.currency-or-feature-off",
  },
];

describe("FD16 whatever mends a cause releases its rows", () => {
  it.each(TABLE)("FD16 $id $cause: released by $mender, and sent without another click", async ({ spoil, mend, code }) => {
    const client = await scene.client();
    await spoil(client);
    await client.upload();
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "held", error_code: code });
    await mend(client);
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed", error_code: null });
    expect((await client.rows()).filter((row) => row.panel === "errors")).toEqual([]);
    expect(await client.broken()).toEqual([]);
  });
});
