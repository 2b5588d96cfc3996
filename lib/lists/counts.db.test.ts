import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listCauses } from "#db/queries/export/causes.ts";
import { sumPostings, totalPanels } from "#db/queries/export/posting-grid.ts";
import { findRun, sumRun } from "#db/queries/export/runs.ts";
import { groupWithheld } from "#db/queries/export/withheld.ts";
import { listNightResults } from "#db/queries/nights/night-results.ts";
import { listPortfolio } from "#db/queries/practice/clients.ts";
import { countPostings, navCounts } from "#db/queries/practice/counts.ts";
import { readMorning } from "#db/queries/practice/morning.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { checklist } from "#lib/connections/checklist.ts";
import { PANEL_OF, type PostingState } from "#lib/model/states.ts";
import { freshenFigures, keepFigures } from "#lib/night/figures.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { hold, releaseHold } from "#lib/pending/withheld.ts";
import { disconnect } from "#lib/setup/disconnect.ts";
import { overview } from "#lib/setup/overview.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { documentsList } from "./documents.ts";
import { panelList } from "./panels.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;
let person: string;
const practice = jobPracticeScope();

beforeAll(async () => {
  scene = await makePostingScene();
  // Test files of one worker share a database: marks of those before stand in front of this one's, where opening a portfolio looks.
  await keepFigures(scene.database);
  person = await scene.database.inScope(practice, async (db) => {
    const { rows } = await db.execute<{ id: string }>(
      sql`insert into users (email, name, role, password_hash) values ('counts@example.test', 'Counts', 'staff', 'x') returning id`,
    );
    return rows[0]?.id ?? "";
  });
});
afterAll(() => scene.close());

/** A client that the person sees alone, so that the sums of the morning are that client's. */
async function seenClient(): Promise<SceneClient> {
  const client = await scene.client();
  await scene.database.inScope(practice, async (db) => {
    await db.execute(sql`delete from user_clients where user_id = ${person}`);
    await db.execute(sql`insert into user_clients (user_id, client_id) values (${person}, ${client.clientId})`);
  });
  return client;
}

/** What the ledger of postings and payments says, counted row by row and by nothing that a page uses. */
async function counted(client: SceneClient) {
  const { rows } = await scene.database.inScope(client.scope, (db) =>
    db.execute<{ state: PostingState; aside: string | null; draft: boolean }>(
      sql`select state, aside, held_as_draft as draft from postings where client_id = ${client.clientId} and current`,
    ),
  );
  const payments = await scene.database.inScope(client.scope, (db) =>
    db.execute<{ n: number }>(
      sql`select count(*)::int as n from incoming_payments where client_id = ${client.clientId} and status in ('waiting', 'queued', 'failed')`,
    ),
  );
  const panelOf = (row: { state: PostingState; aside: string | null }) =>
    row.state === "pending" && row.aside !== null ? "aside" : PANEL_OF[row.state];
  const of = (test: (row: (typeof rows)[number]) => boolean) => rows.filter(test).length;
  return {
    pending: of((row) => panelOf(row) === "pending"),
    exported: of((row) => panelOf(row) === "exported"),
    errors: of((row) => panelOf(row) === "errors"),
    aside: of((row) => panelOf(row) === "aside"),
    confirmed: of((row) => row.state === "confirmed"),
    drifted: of((row) => row.state === "drifted"),
    drafts: of((row) => row.draft),
    checking: of((row) => row.state === "unknown"),
    incoming: payments.rows[0]?.n ?? 0,
  };
}

/** The same figures as each place of the console loads them; every place that has one must say the same. */
async function shown(client: SceneClient) {
  await freshenFigures(scene.database, person);
  const inClient = <T>(work: Parameters<typeof scene.database.inScope<T>>[1]) =>
    scene.database.inScope(client.scope, work, "one");
  const [portfolio] = await scene.database.inScope(practice, (db) =>
    listPortfolio(db, practice, person, { search: "", after: null, limit: 10 }),
  );
  const morning = await scene.database.inScope(practice, (db) => readMorning(db, practice, person, null, 10));
  const nav = await inClient((db) => navCounts(db, client.scope));
  const home = await inClient((db) => overview(db, client.scope));
  const panels = await inClient((db) => totalPanels(db, client.scope));
  const causes = await inClient((db) => listCauses(db, client.scope));
  const withheld = await inClient((db) => groupWithheld(db, client.scope));
  const printed = (panel: "pending" | "exported" | "errors") =>
    inClient((db) => panelList(panel).totals(db, client.scope, { sort: "date", direction: "asc" }));
  const filtered = async (panel: "exported" | "errors", state: PostingState) =>
    (await inClient((db) => sumPostings(db, client.scope, { panel, states: [state] }))).count;
  const morningOf = (what: string) => morning.problems.find((problem) => problem.what === what)?.count ?? 0;
  const sum = (counts: readonly { count: number }[]) => counts.reduce((total, one) => total + one.count, 0);
  return {
    countedAt: portfolio?.countedAt,
    pending: {
      navigation: nav.pending,
      overview: home.counts.pending,
      portfolio: portfolio?.pending,
      panel: panels.pending.count,
      print: (await printed("pending")).count,
      morning: morning.waiting.pending.records,
    },
    exported: { overview: home.counts.exported, panel: panels.exported.count, print: (await printed("exported")).count },
    errors: {
      overview: home.counts.errors,
      portfolio: portfolio?.errors,
      panel: panels.errors.count,
      causes: sum(causes),
      print: (await printed("errors")).count,
      morning: morning.waiting.errors.records,
      problem: morningOf("errors"),
    },
    aside: { overview: home.counts.aside, panel: sum(withheld) },
    confirmed: {
      overview: home.counts.confirmed,
      panel: panels.exported.states.confirmed ?? 0,
      filter: await filtered("exported", "confirmed"),
    },
    drifted: {
      overview: home.counts.drifted,
      portfolio: portfolio?.drifted,
      panel: panels.exported.states.drifted ?? 0,
      filter: await filtered("exported", "drifted"),
      morning: morning.waiting.drifted.records,
      problem: morningOf("drifted"),
    },
    drafts: {
      overview: home.counts.drafts,
      morning: morning.waiting.drafts.records,
      filter: (await inClient((db) => sumPostings(db, client.scope, { panel: "exported", draft: true }))).count,
    },
    checking: {
      overview: home.counts.checking,
      portfolio: portfolio?.checking,
      panel: panels.errors.states.unknown ?? 0,
      causes: causes.reduce((total, cause) => total + cause.checking, 0),
    },
    incoming: {
      navigation: nav.incoming,
      overview: home.counts.incoming,
      portfolio: portfolio?.incoming,
      morning: morning.waiting.incoming.records,
    },
  };
}

/** Holds every place against the plain count. */
async function agree(client: SceneClient, step: string) {
  const ledger = await counted(client);
  const { countedAt, ...places } = await shown(client);
  expect(countedAt, `${step}: the portfolio is of now`).toBeNull();
  for (const [figure, said] of Object.entries(places)) {
    const wanted = ledger[figure as keyof typeof ledger];
    expect(said, `${step}: ${figure}`).toEqual(Object.fromEntries(Object.keys(said).map((place) => [place, wanted])));
  }
  return ledger;
}

describe("FD5 one figure, wherever it stands", () => {
  it("FD5 a thousand rows go through all states, and every screen says what the ledger says at each step", async () => {
    const client = await seenClient();
    await client.add({ number: "D-0" });
    const inClient = <T>(work: Parameters<typeof scene.database.inScope<T>>[1]) => scene.database.inScope(client.scope, work);
    await inClient(async (db) => {
      await db.execute(sql`
        with made as (
          insert into documents (client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, content_sha)
          select ${client.clientId}, (array['sales-invoice', 'bill', 'sales-credit-note'])[1 + n % 3], 'D-' || n, 'D-' || n,
            (select id from contacts where client_id = ${client.clientId} limit 1), date '2026-10-01' + n % 50, date '2026-12-02',
            case when n % 10 = 0 then 'EUR' else 'GBP' end, 1000 + n, 200, 1200 + n, 'x' from generate_series(1, 1000) n returning id, kind
        )
        insert into document_lines (client_id, document_id, revision, position, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code)
        select ${client.clientId}, id, 1, 1, 'Line', '1', '10.00', 1000, 200, case when kind = 'bill' then '5000' else '4000' end, 'STD' from made`);
      await makePostings(db, client.scope);
    });
    expect((await agree(client, "all wait")).pending).toBe(1_002);

    // Every move is one that the database allows; each takes some of the rows of a state on.
    const move = async (from: PostingState, to: PostingState, rows: number, also = sql``) => {
      const moved = await inClient((db) =>
        db.execute(sql`update postings set state = ${to} ${also} where id in (
          select id from postings where client_id = ${client.clientId} and current and state = ${from} and aside is null order by reference limit ${rows})`),
      );
      expect(moved.rowCount, `${from} to ${to}`).toBe(rows);
    };
    const put = (reason: string, rows: number) =>
      inClient((db) =>
        db.execute(sql`update postings set aside = ${reason} where id in (
          select id from postings where client_id = ${client.clientId} and current and state = 'pending' and aside is null order by reference limit ${rows})`),
      );
    for (const reason of ["excluded", "on-hold", "entity-off", "before-start", "void"]) await put(reason, 10);
    await move("pending", "held", 60, sql`, error_code = 'mapping.account-missing', error_detail = '{"value": "4999"}'::jsonb`);
    await move("pending", "skipped", 30, sql`, exported_at = app.now(), exported_how = 'marked'`);
    await move("pending", "queued", 700);
    await agree(client, "asked for");

    await move("queued", "waiting", 20);
    await move("queued", "sending", 600, sql`, sent_at = app.now()`);
    await agree(client, "going");

    await move(
      "sending",
      "posted",
      400,
      sql`, exported_at = app.now(), exported_how = 'upload', external_id = gen_random_uuid()::text`,
    );
    await move("sending", "rejected", 70, sql`, error_code = 'package.refused', error_detail = '{"said": ["No"]}'::jsonb`);
    await move("sending", "unknown", 90, sql`, maybe_sent = true, resolve_after = app.now()`);
    await move("posted", "confirmed", 250, sql`, confirmed_at = app.now()`);
    await move("confirmed", "drifted", 40, sql`, differences = '[{"field": "Gross", "ours": "1", "theirs": "2"}]'::jsonb`);
    await move("unknown", "conflict", 20);
    await move("unknown", "dead", 10);
    await inClient((db) =>
      db.execute(sql`update postings set held_as_draft = true where id in (
        select id from postings where client_id = ${client.clientId} and current and state = 'posted' order by reference limit 15)`),
    );
    await inClient((db) =>
      db.execute(sql`insert into incoming_payments (client_id, connection_id, external_id, kind, side, status, company, paid_on, currency, amount_minor)
        select ${client.clientId}, ${client.connectionId}, 'pay-' || n, 'receipt', 'sales', case when n % 3 = 0 then 'failed' when n % 4 = 0 then 'created' else 'waiting' end,
          'Company', date '2026-11-01', 'GBP', 1000 from generate_series(1, 24) n`),
    );
    const now = await agree(client, "settled");
    expect(now).toMatchObject({ aside: 50, drifted: 40, drafts: 15, checking: 60, incoming: 20 });
    const { rows } = await inClient((db) =>
      db.execute<{ state: string }>(sql`select distinct state from postings where client_id = ${client.clientId} and current`),
    );
    expect(rows.map((row) => row.state).sort()).toEqual(Object.keys(PANEL_OF).sort());

    // What has ended goes on: back, again, and out.
    await move("held", "pending", 30, sql`, error_code = null, error_detail = null`);
    await move("rejected", "queued", 30, sql`, error_code = null, error_detail = null`);
    await move("drifted", "confirmed", 20, sql`, differences = null`);
    await move("skipped", "pending", 10, sql`, exported_at = null`);
    await move("dead", "skipped", 5, sql`, exported_at = app.now()`);
    await agree(client, "changed");

    // N6: errors that somebody ignores leave each count of errors at once, and come back to Pending Export.
    const { rows: some } = await inClient((db) =>
      db.execute<{
        id: string;
      }>(sql`(select id from postings where client_id = ${client.clientId} and current and state = 'rejected' limit 15)
        union all (select id from postings where client_id = ${client.clientId} and current and state = 'conflict' limit 10)
        union all (select id from postings where client_id = ${client.clientId} and current and state = 'dead' limit 3)`),
    );
    const ids = some.map((row) => row.id);
    const before = await agree(client, "before it is ignored");
    expect(await inClient((db) => hold(db, client.scope, { ids }, "Ignored"))).toEqual({ held: 28 });
    const ignored = await agree(client, "ignored");
    expect(ignored).toMatchObject({ errors: before.errors - 28, aside: before.aside + 28 });
    await inClient((db) => releaseHold(db, client.scope, { ids }));
    // What this test set aside without a reason comes back with them.
    const back = await agree(client, "ignored no longer");
    expect(back.errors).toBe(ignored.errors);
    expect(back.pending + back.aside).toBe(ignored.pending + ignored.aside);
  }, 240_000);

  it("FD5 a run, its print and the Runs list say what its rows say", async () => {
    const client = await seenClient();
    await client.add(
      { number: "R-1" },
      { number: "R-2" },
      { number: "R-3" },
      { number: "R-4", lines: [{ nominalCode: "4010" }] },
      { number: "R-5", contact: "C2" },
    );
    const { runId, chosen } = await client.click();
    // Chosen, and its turn has not come: on its way in the run, the panel, the count and the list.
    const asked = await scene.database.inScope(client.scope, async (db) => ({
      run: (await findRun(db, client.scope, runId))?.counts.outcomes,
      panel: (await totalPanels(db, client.scope)).pending.states.queued,
      count: (await countPostings(db, client.scope, ["onTheirWay"])).onTheirWay,
      list: (await documentsList.page(db, client.scope, {})).rows.map((row) => row.standing),
    }));
    await client.take();
    expect(asked).toEqual({ run: { open: chosen }, panel: chosen, count: chosen, list: Array(5).fill("queued") });
    for (let slice = 0; slice < 3; slice += 1) await client.work();
    const { rows } = await scene.database.inScope(client.scope, (db) =>
      db.execute<{ state: PostingState; n: number }>(
        sql`select state, count(*)::int as n from postings where client_id = ${client.clientId} and current group by 1`,
      ),
    );
    const ledger = Object.fromEntries(rows.map(({ state, n }) => [state, n]));
    const run = await scene.database.inScope(client.scope, (db) => findRun(db, client.scope, runId));
    expect(run?.counts.outcomes).toEqual(ledger);
    expect(run?.counts.total).toBe(rows.reduce((sum, row) => sum + row.n, 0));
    const sums = await scene.database.inScope(client.scope, (db) => sumRun(db, client.scope, runId));
    expect(sums.reduce((sum, row) => sum + row.count, 0)).toBe(run?.counts.total);
    expect(sums.reduce((sum, row) => sum + row.seen, 0)).toBe(ledger.confirmed ?? 0);
    await agree(client, "after the run");

    // The same run as a night has it.
    await scene.database.inScope(practice, async (db) => {
      await db.execute(sql`insert into nights (night_on, total, done) values ('2027-08-01', 1, 1)`);
      await db.execute(sql`update runs set kind = 'nightly', night_on = '2027-08-01' where id = ${runId}`);
    });
    const [night] = await scene.database.inScope(practice, (db) =>
      listNightResults(db, practice, person, "2027-08-01", { only: "all", search: "", after: null, limit: 10 }),
    );
    const went = (ledger.confirmed ?? 0) + (ledger.posted ?? 0) + (ledger.drifted ?? 0);
    const kept = (ledger.held ?? 0) + (ledger.rejected ?? 0) + (ledger.dead ?? 0) + (ledger.conflict ?? 0);
    expect(night).toMatchObject({ sent: went, held: kept });
    const morning = await scene.database.inScope(practice, (db) => readMorning(db, practice, person, "2027-08-01", 10));
    expect(morning.night).toMatchObject({ sent: 1, records: went });
  }, 120_000);
});

describe("FD7 what stands where", () => {
  it("FD7 what was uploaded before connecting is counted in the menu, the Overview, the portfolio and the list, until there is a connection", async () => {
    const client = await seenClient();
    const inClient = <T>(work: Parameters<typeof scene.database.inScope<T>>[1]) => scene.database.inScope(client.scope, work);
    const connect = (state: "live" | "disconnected") =>
      inClient((db) =>
        db.execute(sql`update connections set state = ${state},
          disconnected_at = case when ${state} = 'disconnected' then app.now() end where id = ${client.connectionId}`),
      );
    await connect("disconnected");
    await client.add(...[1, 2, 3, 4, 5, 6].map((n) => ({ number: `U-${n}` })));
    const said = async () => {
      await freshenFigures(scene.database, person);
      const [portfolio] = await scene.database.inScope(practice, (db) =>
        listPortfolio(db, practice, person, { search: "", after: null, limit: 10, only: "all" }),
      );
      const list = await inClient((db) => documentsList.page(db, client.scope, {}));
      return {
        navigation: (await inClient((db) => navCounts(db, client.scope))).unconnected,
        overview: (await inClient((db) => overview(db, client.scope))).counts.unconnected,
        portfolio: portfolio?.unconnected,
        list: list.rows.filter((row) => row.standing === null).length,
      };
    };
    expect(await said()).toEqual({ navigation: 6, overview: 6, portfolio: 6, list: 6 });
    await connect("live");
    await inClient((db) => makePostings(db, client.scope));
    expect(await said()).toEqual({ navigation: 0, overview: 0, portfolio: 0, list: 0 });
    await agree(client, "connected");
  });

  it("FD7 the Documents list says where each document stands, as its panel does", async () => {
    const client = await seenClient();
    await client.add({ number: "S-1" }, { number: "S-2" }, { number: "S-3", lines: [{ nominalCode: "4010" }] });
    await client.upload("S-1", "S-3");
    for (let slice = 0; slice < 3; slice += 1) await client.work();
    const { rows } = await scene.database.inScope(client.scope, (db) =>
      documentsList.page(db, client.scope, { sort: "number.asc" }),
    );
    const states = new Map((await client.rows()).map((row) => [row.reference, row.state]));
    expect(rows.map((row) => [row.number, row.standing])).toEqual(rows.map((row) => [row.number, states.get(row.number)]));
    expect(rows.map((row) => row.standing)).toEqual(["confirmed", "pending", "held"]);
  });

  it("FD5 after Disconnect no screen forgets what waits, and the mappings that are kept are mapped on each of them", async () => {
    const client = await seenClient();
    await client.add({ number: "K-1" }, { number: "K-2" }, { number: "K-3", lines: [{ nominalCode: "4010" }] });
    const unmapped = async () => {
      await freshenFigures(scene.database, person);
      const [portfolio] = await scene.database.inScope(practice, (db) =>
        listPortfolio(db, practice, person, { search: "", after: null, limit: 10 }),
      );
      return scene.database.inScope(client.scope, async (db) => ({
        navigation: (await navCounts(db, client.scope)).unmapped,
        portfolio: portfolio?.unmapped,
        checklist: (await checklist(db, client.scope)).items
          .filter((item) => item.key === "nominal-codes" || item.key === "tax-rates")
          .map((item) => item.why),
      }));
    };
    const before = await unmapped();
    expect(before).toMatchObject({ navigation: 1, portfolio: 1 });
    expect(before.checklist[0]).toContain("4010");
    await disconnect(scene.database, client.scope, client.app);
    expect(await unmapped()).toEqual(before);
    expect((await agree(client, "disconnected")).pending).toBe(4);
  });
});
