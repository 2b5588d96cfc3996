import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findConnection } from "#db/queries/connections/connections.ts";
import { countCorrections } from "#db/queries/export/corrections.ts";
import { groupWithheld } from "#db/queries/export/withheld.ts";
import { findClientBySlug } from "#db/queries/imports/file-imports.ts";
import { listNights } from "#db/queries/nights/nights.ts";
import { findUserByEmail } from "#db/queries/people/people.ts";
import { listPortfolio } from "#db/queries/practice/clients.ts";
import { overviewCounts } from "#db/queries/practice/counts.ts";
import { findDemoScene, listDemoRows, saveDemoScene } from "#db/queries/practice/demo.ts";
import { readMorning } from "#db/queries/practice/morning.ts";
import { type ScratchProduct, startScratchProduct } from "#lib/campaign/product.ts";
import { type ClientScope, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { checklist } from "#lib/connections/checklist.ts";
import { freshenFigures } from "#lib/night/figures.ts";
import { hold, releaseHold } from "#lib/pending/withheld.ts";
import { requestPull } from "#lib/pulling/request.ts";
import { refreshLists } from "#lib/setup/refresh-lists.ts";
import { waitUntil } from "#lib/start/processes.ts";
import { ALIVE_CLIENT, HALF_CLIENT } from "./clients.ts";
import { mapCodes } from "./connect.ts";
import { ALIVE, UNMAPPED_CODE } from "./files.ts";
import { makeScene } from "./scene.ts";
import { demoNews, dismissTries } from "./try-this.ts";

const practice = jobPracticeScope();
const said: string[] = [];
let product: ScratchProduct;
let alive: ClientScope;
let half: ClientScope;
let staff = "";

beforeAll(async () => {
  product = await startScratchProduct((line) => said.push(line));
  // Stopped in the middle, as by Ctrl-C, and gone on with by the next start.
  const stop = new AbortController();
  const cut = makeScene({ ...product, signal: stop.signal }, (line) => line.startsWith("7 ") && stop.abort());
  await expect(cut).rejects.toThrow(/abort/i);
  expect(await product.database.inScope(practice, findDemoScene)).toMatchObject({ done: 6, endedAt: null, fault: null });
  expect(await makeScene(product, (line) => said.push(line))).toBe(true);
  const scopeOf = async (slug: string) => {
    const client = await product.database.inScope(practice, (db) => findClientBySlug(db, practice, slug));
    if (!client) throw new Error(`The scene has no client ${slug}`);
    return jobScope(client.id);
  };
  alive = await scopeOf(ALIVE_CLIENT.slug);
  half = await scopeOf(HALF_CLIENT.slug);
  staff =
    (await product.database.inScope(practice, (db) => findUserByEmail(db, practice, "staff@demo.greentick.test")))?.id ?? "";
  await freshenFigures(product.database, staff);
}, 180_000);
afterAll(() => product.close(), 60_000);

const rowsOf = (scope: ClientScope) => product.database.inScope(scope, (db) => listDemoRows(db, scope));

/** Everything that a second making could add to or change. */
async function everything() {
  const { database, control } = product;
  const tenants = (await control.tenants()).filter(({ name }) => /^(Dunmore|Elmfield)/.test(name));
  return {
    rows: [...(await rowsOf(alive)), ...(await rowsOf(half))].map(({ reference, state, revision }) => [
      reference,
      state,
      revision,
    ]),
    corrections: await database.inScope(alive, (db) => countCorrections(db, alive, {})),
    ledgers: await Promise.all(
      tenants.map(async ({ id, name }) => {
        const { documents, payments, contacts } = await control.ledger(id);
        return [name, documents.map((one) => `${one.number} ${one.gross} ${one.due}`), payments.length, contacts.length];
      }),
    ),
    nights: (await database.inScope(practice, (db) => listNights(db, practice, 5))).map(({ nightOn, total }) => [nightOn, total]),
  };
}

describe("the demo's scene, made by use cases and a worker", () => {
  it("FD10 one client has one of everything: green, differs, checking, locked, unmapped, excluded, a payment, a correction", async () => {
    const rows = new Map((await rowsOf(alive)).map((row) => [row.reference, row]));
    const stateOf = (reference: string) => rows.get(reference)?.state;
    expect(stateOf(ALIVE.toPay)).toBe("confirmed");
    expect(stateOf(ALIVE.toChange)).toBe("confirmed");
    expect(stateOf(ALIVE.paid)).toBe("confirmed");
    expect(stateOf(ALIVE.differs)).toBe("drifted");
    expect(stateOf(ALIVE.checking)).toBe("unknown");
    expect(rows.get(ALIVE.locked)).toMatchObject({ panel: "errors", errorCode: "package.period-locked" });
    expect(rows.get(ALIVE.unmapped)).toMatchObject({ panel: "errors", errorCode: "mapping.account-missing" });
    expect(rows.get(ALIVE.excluded)?.panel).toBe("aside");
    expect(rows.get(ALIVE.amended)).toMatchObject({ state: "confirmed", revision: 2 });
    expect(rows.get(ALIVE.pending)).toMatchObject({ state: "pending", panel: "pending" });

    // As the screens count them.
    const counts = await product.database.inScope(alive, (db) => overviewCounts(db, alive));
    expect(counts).toMatchObject({ pending: 1, incoming: 1, unmapped: 1, drifted: 1, checking: 1, errors: 3 });
    expect(counts.confirmed).toBeGreaterThan(5);
    const withheld = await product.database.inScope(alive, (db) => groupWithheld(db, alive));
    // The customer, and the one invoice of it.
    expect(withheld.map(({ reason, count }) => [reason, count])).toEqual(Array(2).fill(["excluded", 1]));
    expect(await product.database.inScope(alive, (db) => countCorrections(db, alive, {}))).toBeGreaterThanOrEqual(2);
  });

  it("D1 FD10 the morning after the demo's night has three problems, most money first, and says what the night found", async () => {
    const [night] = await product.database.inScope(practice, (db) => listNights(db, practice, 1));
    expect(night).toMatchObject({ total: 1, changed: 1, failed: 0 });
    const morning = await product.database.inScope(practice, (db) => readMorning(db, practice, staff, night?.nightOn ?? null, 8));
    expect(morning.problems.map(({ what, clientSlug }) => [what, clientSlug])).toEqual(
      ["errors", "drifted", "incoming"].map((what) => [what, ALIVE_CLIENT.slug]),
    );
    const amounts = morning.problems.map(({ amountMinor }) => amountMinor);
    expect(amounts).toEqual(amounts.toSorted((a, b) => Number(b - a)));
    expect(morning.night.changed).toBe(1);
  });

  it("FD10 one client is half set up, and those of the walk are empty as they were", async () => {
    const list = await product.database.inScope(half, (db) => checklist(db, half));
    expect(list.items.filter((item) => item.done).map((item) => item.key)).toEqual(["connected", "lists-read", "nominal-codes"]);
    expect((await rowsOf(half)).every((row) => row.state === "pending")).toBe(true);
    const shown = await product.database.inScope(practice, (db) =>
      listPortfolio(db, practice, staff, { search: "", after: null, limit: 10 }),
    );
    expect(shown.map(({ slug, tenantName }) => [slug, tenantName])).toEqual([
      ["ashdown-wholesale", null],
      ["brackenfell-pottery", null],
      [ALIVE_CLIENT.slug, "Dunmore Garden Supplies Ltd"],
      [HALF_CLIENT.slug, "Elmfield Joinery Ltd"],
    ]);
  });

  it("FD10 'Try this' names what is there to be done, each with the right page of the console or the simulator, and is dismissed for good", async () => {
    const { database, simulatorUrl } = product;
    const news = () => database.inScope(practice, (db) => demoNews(db, practice, staff, simulatorUrl));
    const hrefsNow = async (words: string) =>
      (await news()).tries.filter(({ text }) => text.includes(words)).map(({ href }) => href);
    const { making, tries } = await news();
    expect(making).toBeNull();
    const hrefOf = (words: string) => tries.find(({ text }) => text.includes(words))?.href ?? "";
    const at = `/clients/${ALIVE_CLIENT.slug}`;
    expect(hrefOf(`Map nominal code`)).toBe(`${at}/mapping?tab=nominal&code=4020`);
    expect(hrefOf(`differs on ${ALIVE.differs}`)).toBe(`${at}/export?e_tick=differs`);
    expect(hrefOf(`payment of ${ALIVE.paid}`)).toBe(`${at}/import`);
    expect(hrefOf(`Upload ${ALIVE.pending}`)).toBe(`${at}/export`);
    expect(hrefOf("Finish setting up")).toBe(`/clients/${HALF_CLIENT.slug}`);
    expect(hrefOf("Begin with an empty client")).toBe("/clients/ashdown-wholesale");
    const there = tries.filter((one) => one.there);
    expect(there).toHaveLength(3);
    for (const [href, words] of [
      [hrefOf(`Pay ${ALIVE.toPay}`), `value="${ALIVE.toPay}"`],
      [hrefOf(`Change bill ${ALIVE.toChange}`), "Raise by a penny"],
      [hrefOf("Unlock "), 'id="locks"'],
    ] as const) {
      const page = await fetch(href);
      expect([href, page.status]).toEqual([href, 200]);
      expect(await page.text()).toContain(words);
    }

    // What was done is named no more; what a person dismissed is not shown to them again, and still to others.
    const pending = (await rowsOf(alive)).filter((row) => row.reference === ALIVE.pending).map((row) => row.id);
    await database.inScope(alive, (db) => hold(db, alive, { ids: pending }, "Sent by hand"));
    expect(await hrefsNow(`Upload ${ALIVE.pending}`)).toEqual([]);
    await database.inScope(alive, (db) => releaseHold(db, alive, { ids: pending }));
    expect(await hrefsNow(`Upload ${ALIVE.pending}`)).toEqual([`${at}/export`]);
    await product.database.inScope(practice, (db) => dismissTries(db, practice, staff));
    expect((await news()).tries).toEqual([]);
    const adviser = await database.inScope(practice, (db) => findUserByEmail(db, practice, "adviser@demo.greentick.test"));
    const others = await database.inScope(practice, (db) => demoNews(db, practice, adviser?.id ?? "", simulatorUrl));
    expect(others.tries.length).toBeGreaterThan(5);
  });

  it("FD10 made a second time, from the first step on, nothing is doubled and nothing changes", async () => {
    const before = await everything();
    expect(await makeScene(product, () => undefined)).toBe(false);
    // As if every step had been cut off before it was noted.
    await product.database.inScope(practice, (db) => saveDemoScene(db, practice, { done: 0, endedAt: null }));
    expect(await makeScene(product, () => undefined)).toBe(true);
    expect(await everything()).toEqual(before);
  }, 120_000);

  it("FD10 each thing to try comes to what it says: a mapping and an unlocked month send, a payment and a change there are found", async () => {
    const { control, database, settings } = product;
    const tenant = (await control.tenants()).find(({ name }) => name.startsWith(ALIVE_CLIENT.name))?.id ?? "";
    const stateOf = async (reference: string) => (await rowsOf(alive)).find((row) => row.reference === reference)?.state;
    const comesTo = (reference: string, state: string) =>
      waitUntil(async () => (await stateOf(reference)) === state, 40_000, 500);

    // Making the scene has used what the package allows in a minute.
    const { now: at } = await control.clock();
    await control.setClock({ now: new Date(Date.parse(at) + 61_000).toISOString() });
    await database.inScope(alive, async (db) => {
      const connection = await findConnection(db, alive);
      await mapCodes(db, alive, connection?.id ?? "", { nominal: { [UNMAPPED_CODE]: "200" } });
    });
    await control.patchSettings(tenant, { periodLock: null });
    await refreshLists(database, alive, settings);
    expect(await comesTo(ALIVE.unmapped, "confirmed")).toBe(true);
    expect(await comesTo(ALIVE.locked, "confirmed")).toBe(true);

    const bill = (await control.ledger(tenant)).documents.find(({ number }) => number === ALIVE.toChange);
    await control.pay(tenant, { number: ALIVE.toPay, amount: "72.00" });
    await control.editDocument(tenant, bill?.id ?? "", { gross: "144.01" });
    await database.inScope(alive, (db) => requestPull(db, alive));
    expect(await comesTo(ALIVE.toChange, "drifted")).toBe(true);
    const incoming = () => database.inScope(alive, async (db) => (await overviewCounts(db, alive)).incoming);
    expect(await waitUntil(async () => (await incoming()) === 2, 20_000, 500)).toBe(true);
  }, 120_000);

  it("FD10 the bill whose call was lost is looked for, sent again once it is proven absent, and ticked: one bill there", async () => {
    const { control } = product;
    expect((await rowsOf(alive)).find(({ reference }) => reference === ALIVE.checking)?.state).toBe("unknown");
    const stateOf = async () => (await rowsOf(alive)).find(({ reference }) => reference === ALIVE.checking)?.state;
    const isSettled = async () => (await stateOf()) === "confirmed";
    // Six minutes after the call, and ten more to the second look of what may stand twice: the worker takes each look in its turn.
    for (let steps = 0; steps < 6 && !(await isSettled()); steps += 1) {
      const { now: at } = await control.clock();
      await control.setClock({ now: new Date(Date.parse(at) + 660_000).toISOString() });
      await waitUntil(isSettled, 8_000, 500);
    }
    expect(await stateOf()).toBe("confirmed");
    const tenant = (await control.tenants()).find(({ name }) => name.startsWith(ALIVE_CLIENT.name));
    const { documents } = await control.ledger(tenant?.id ?? "");
    expect(documents.filter(({ number }) => number === ALIVE.checking)).toHaveLength(1);
  }, 120_000);
});
