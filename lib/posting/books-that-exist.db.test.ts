import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { countOffers, type LinkOffer, listOffers } from "#db/queries/links/link-offers.ts";
import { makePostingScene } from "#lib/testing/posting-scene.ts";
import { linkAllOffers, linkOffer, offersHash } from "./answer-offers.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** How our customer of this number and theirs are called, and what else is known of them. */
interface Known {
  readonly number: number;
  readonly name: string;
  readonly email?: string;
  readonly taxNumber?: string;
  /** Null where the package holds none. */
  readonly there: { readonly Name: string; readonly EmailAddress?: string; readonly TaxNumber?: string } | null;
  readonly how: "spelling" | "merged" | "archived" | "duplicate" | "email" | "two-numbers" | "plain" | "absent";
}

const FIRST = ["Larch", "Quarry", "Vixen", "Jubilee", "Zephyr", "Kestrel", "Bramble", "Orchid", "Falcon", "Umber"];
const SECOND = ["Joinery", "Paving", "Catering", "Optics", "Drainage", "Haulage", "Fabrics", "Millwork", "Brewing", "Glazing"];
const THIRD = ["of Truro", "of Wick", "of Fife", "of Hove", "of Ely"];
/** 500 names, each once. */
const nameOf = (n: number) => `${FIRST[n % 10]} ${SECOND[Math.floor(n / 10) % 10]} ${THIRD[Math.floor(n / 100)]}`;

function known(n: number): Known {
  const name = nameOf(n);
  if (n < 100) return { number: n, name: `${name} Ltd`, there: { Name: `${name.toUpperCase()} Limited` }, how: "spelling" };
  if (n < 120) return { number: n, name, there: { Name: name }, how: "merged" };
  if (n < 140) return { number: n, name, there: { Name: name }, how: "archived" };
  const pair = nameOf(n - (n % 2));
  if (n < 160) return { number: n, name: pair, there: { Name: n % 2 ? `${pair}.` : pair }, how: "duplicate" };
  const email = `accounts${n - (n % 2)}@agency.example`;
  if (n < 170) return { number: n, name, email, there: { Name: name, EmailAddress: email }, how: "email" };
  const taxNumber = `GB ${100_000 + n}`;
  if (n < 180) {
    const there = { Name: n % 2 ? `${pair}.` : pair, TaxNumber: taxNumber.replace(" ", "") };
    return { number: n, name: pair, taxNumber, there, how: "two-numbers" };
  }
  return n < 400 ? { number: n, name, there: { Name: name }, how: "plain" } : { number: n, name, there: null, how: "absent" };
}
const ALL = Array.from({ length: 500 }, (_, n) => known(n));
const referenceOf = (n: number) => `K${String(n).padStart(3, "0")}`;

describe("an organisation that holds 400 of 500 customers and 50 of our invoices", () => {
  it("FB1 M29 N10 a few clicks and one for each pair that only people know: all linked or made, none doubled, none wrong, 50 links and 0 posts", async () => {
    const client = await scene.client();
    const there = ALL.flatMap((one) => (one.there ? [one.there] : []));
    await client.call("PUT", "Contacts", { Contacts: there });
    const survivors = ALL.filter((one) => one.how === "merged").map((one) => ({ Name: `Holding ${one.number} plc` }));
    await client.call("PUT", "Contacts", { Contacts: survivors });
    for (const one of ALL) {
      if (one.how === "merged")
        await scene.control.editContact(client.tenant, one.name, { mergedInto: `Holding ${one.number} plc` });
      if (one.how === "archived") await scene.control.editContact(client.tenant, one.name, { archived: true });
    }
    // Fifty of our invoices, typed in there under the names of theirs.
    const invoiced = ALL.filter((one) => one.how === "plain").slice(0, 50);
    await client.call("PUT", "Invoices", {
      Invoices: invoiced.map((one) => ({
        Type: "ACCREC",
        InvoiceNumber: `INV-${one.number}`,
        Contact: { Name: one.name },
        Date: "2026-11-02",
        DueDate: "2026-12-02",
        Status: "AUTHORISED",
        LineItems: [{ Description: "By hand", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2" }],
      })),
    });
    const before = (await client.writes()).length;
    await client.add(...invoiced.map((one) => ({ number: `INV-${one.number}`, contact: referenceOf(one.number) })));
    await client.inScope(async (db) => {
      await db.execute(sql`
        insert into contacts (client_id, reference, name, email, tax_number, is_customer, content_sha)
        select ${client.clientId}, r.reference, r.name, r.email, r.tax, true, 'x'
        from jsonb_to_recordset(${JSON.stringify(
          ALL.map((one) => ({
            reference: referenceOf(one.number),
            name: one.name,
            email: one.email ?? null,
            tax: one.taxNumber ?? null,
          })),
        )}::jsonb) as r(reference text, name text, email text, tax text)
        on conflict (client_id, reference) do update set name = excluded.name, email = excluded.email, tax_number = excluded.tax_number`);
    });
    const { makePostings } = await import("#lib/pending/make-postings.ts");
    await client.inScope((db) => makePostings(db, client.scope));
    await client.inScope((db) =>
      db.execute(
        sql`update postings p set party = c.name from contacts c where c.id = p.record_id and p.client_id = ${client.clientId}`,
      ),
    );
    await client.upload();
    await client.work();

    let clicks = 1; // Upload data.
    let asked = 0;
    const list = (which: Parameters<typeof listOffers>[2]) => client.inScope((db) => listOffers(db, client.scope, which, 2_000));
    const all = async (group: "sure" | "archived") => {
      const offers = await list(group);
      if (offers.length === 0) return;
      clicks += 1;
      await linkAllOffers(scene.database, client.scope, { group, hash: offersHash(offers) });
    };
    /** What a person who knows the people answers. */
    const knows = (offer: LinkOffer) => {
      const one = ALL[Number(offer.reference.slice(1))];
      const name = one?.how === "merged" ? `Holding ${one.number} plc` : one?.there?.Name;
      return offer.candidates.find((theirs) => theirs.name === name)?.externalId ?? "";
    };
    await all("sure");
    await all("archived");
    for (;;) {
      const [offer] = await list("unsure");
      if (!offer) break;
      asked += 1;
      await linkOffer(scene.database, client.scope, { offerId: offer.id, externalId: knows(offer) });
      if (asked > 60) break;
    }
    await all("sure");
    await client.work();
    await client.work();

    expect(await client.inScope((db) => countOffers(db, client.scope))).toEqual({ sure: 0, archived: 0, unsure: 0, fresh: 0 });
    // Twenty merges into another name, and ten pairs of one name: nobody else could say.
    expect({ clicks, asked }).toEqual({ clicks: 4, asked: 30 });
    const links = await client.inScope((db) =>
      db.execute<{ reference: string; external_id: string }>(sql`
        select c.reference, r.external_id from external_refs r join contacts c on c.id = r.record_id
        where r.client_id = ${client.clientId} and r.family = 'contact'`),
    );
    const ledger = await client.ledger();
    const nameThere = new Map(ledger.contacts.map((one) => [one.id, one.name]));
    const wrong = links.rows.flatMap((row) => {
      const one = ALL[Number(row.reference.slice(1))];
      const wanted = one?.how === "merged" ? `Holding ${one.number} plc` : (one?.there?.Name ?? one?.name);
      return nameThere.get(row.external_id) === wanted
        ? []
        : [`${row.reference} ${nameThere.get(row.external_id)}, not ${wanted}`];
    });
    expect(wrong).toEqual([]);
    expect(links.rows).toHaveLength(500);
    // What was there, and the hundred that were not: none twice.
    expect(ledger.contacts.filter((one) => !nameThere.get(one.id)?.startsWith("Holding"))).toHaveLength(500);
    const documents = (await client.rows()).filter((row) => row.kind === "sales-invoice");
    expect(documents.filter((row) => row.state === "confirmed")).toHaveLength(50);
    const posts = (await client.writes()).slice(before).filter((call) => call.path.includes("Invoices"));
    expect(posts).toEqual([]);
    expect(await client.broken()).toEqual([]);
  }, 180_000);
});
