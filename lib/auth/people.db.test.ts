import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { listAuditActions, listAuditEvents, verifyChains } from "#db/queries/audit.ts";
import { addUser, findClientFor, listGivenClients, listUsers, searchClients } from "#db/queries/people.ts";
import type { Role } from "#db/schema/people.ts";
import { audit } from "#lib/audit.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { makeClient } from "#lib/setup/new-client.ts";
import { onServer } from "#lib/testing/connections.ts";
import { createTestDatabase, type TestDatabase } from "#lib/testing/database.ts";

vi.mock("server-only", () => ({}));
// Stands in for the web process's pool, which is opened from the environment.
const held = vi.hoisted(() => ({ database: undefined as Database | undefined }));
vi.mock("#lib/web.ts", () => ({ database: () => held.database }));

const { acceptInvitation, endInvitation, inviteUser, readInvitation, renewInvitation } = await import("./invitations.ts");
const { editUser, giveUserClients, switchUser, takeUserClient } = await import("./users.ts");
const { changeOwnPassword } = await import("./profile.ts");
const { signInWithPassword } = await import("./sign-in.ts");
const { hashPassword } = await import("./password.ts");

const PASSWORD = "a password for tests";
const scope = jobPracticeScope({ userId: null, label: "Test" });
let testDatabase: TestDatabase;
let database: Database;
let administrator: string;
let made = 0;

type Db = Parameters<Parameters<Database["inScope"]>[1]>[0];
const inPractice = <T>(work: (db: Db) => Promise<T>) => database.inScope(scope, work);
const aClient = (name: string, slug = name.toLowerCase()) =>
  inPractice((db) => makeClient(db, scope, { name, slug, baseCurrency: "GBP", timeZone: "Europe/London", locale: "en-GB" }));
const invited = async (given: { role?: Role; clientIds?: readonly string[] } = {}) => {
  made += 1;
  const email = `invited-${made}@practice.test`;
  const done = await inPractice((db) =>
    inviteUser(db, scope, { email, name: `Invited ${made}`, role: "staff", clientIds: [], by: administrator, ...given }),
  );
  return { ...done, token: new URL(done.link).hash.slice(1) };
};
const accept = (token: string, password = PASSWORD) => inPractice((db) => acceptInvitation({ token, password }, { db, scope }));
const read = (token: string) => inPractice((db) => readInvitation({ token }, { db, scope }));
const signIn = (email: string, password: string) =>
  signInWithPassword(email, password, { address: `10.9.0.${made}`, userAgent: null });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (thrown: unknown) => (thrown instanceof Refusal ? thrown.code : Promise.reject(thrown)),
  );
const asSuper = (text: string, values: readonly unknown[] = []) =>
  onServer(testDatabase.superUrl, (client) => client.query(text, [...values]));

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.webUrl, { max: 4 });
  held.database = database;
  const passwordHash = await hashPassword(PASSWORD);
  administrator = await inPractice((db) =>
    addUser(db, scope, { email: "first@practice.test", name: "First", role: "administrator", passwordHash }),
  );
});
afterAll(() => database.close());

describe("a new client", () => {
  it("has an empty chart, and is seen by administrators at once", async () => {
    const { id, slug } = await aClient("Elmfield");
    expect(await inPractice((db) => findClientFor(db, scope, administrator, slug))).toMatchObject({ id, sees: true });
    const codes = await asSuper("select count(*)::int as n from nominal_codes where client_id = $1", [id]);
    expect(codes.rows[0]).toEqual({ n: 0 });
  });

  it("is refused an address that another has, in words that name it and a free one to try", async () => {
    await aClient("Fernhill");
    await expect(aClient("Fernhill again", "fernhill")).rejects.toThrow(/“fernhill” already.*“fernhill-2”/);
  });

  it.each([
    ["slug", { slug: "Fern Hill" }],
    ["slug", { slug: "" }],
    ["slug", { slug: "../settings" }],
    ["slug", { slug: "00000000-0000-4000-8000-000000000000" }],
    ["baseCurrency", { baseCurrency: "XXZ" }],
    ["timeZone", { timeZone: "Europe/Nowhere" }],
    ["locale", { locale: "tlh" }],
  ])("is refused for its %s: %j", async (field, wrong) => {
    const right = { name: "Right", slug: "right", baseCurrency: "EUR", timeZone: "UTC", locale: "nl-NL" };
    await expect(inPractice((db) => makeClient(db, scope, { ...right, ...wrong }))).rejects.toMatchObject({ field });
  });
});

describe("an invitation", () => {
  it("holds 256 random bits behind the #, of which the database keeps the SHA-256 alone", async () => {
    const { link, token } = await invited();
    expect(link).toMatch(/\/invitation#[\w-]{43}$/);
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    const kept = await asSuper(
      "select count(*)::int as n from invitations i, audit_events a where i::text like '%' || $1 || '%' or a::text like '%' || $1 || '%'",
      [token],
    );
    expect(kept.rows[0]).toEqual({ n: 0 });
  });

  it("lets its user set a password once and sign in with it, and nobody sign in before", async () => {
    const { email, token } = await invited();
    expect(await signIn(email, PASSWORD)).toMatchObject({ ok: false, why: "credentials" });
    expect(await read(token)).toMatchObject({ email });
    expect(await accept(token)).toMatchObject({ email });
    expect(await signIn(email, PASSWORD)).toMatchObject({ ok: true });
    expect(await codeOf(accept(token, "another password here"))).toBe("link-used");
    expect(await codeOf(read(token))).toBe("link-used");
    expect(await signIn(email, PASSWORD)).toMatchObject({ ok: true });
  });

  it("is used by one of two who open it at once", async () => {
    const { token } = await invited();
    const both = await Promise.all([codeOf(accept(token)), codeOf(accept(token, "another password here"))]);
    expect(both.sort()).toEqual(["done", "link-used"]);
  });

  it("is not used up by a weak password", async () => {
    const { email, token } = await invited();
    await expect(accept(token, "too short")).rejects.toMatchObject({ field: "password" });
    await expect(accept(token, email)).rejects.toMatchObject({ field: "password" });
    expect(await codeOf(accept(token))).toBe("done");
  });

  it("is over after 7 days, when withdrawn, when a newer one is made, when its user is disabled, and never was when made up", async () => {
    const old = await invited();
    await asSuper("update invitations set expires_at = clock_timestamp() where user_id = $1", [old.userId]);
    const young = await invited();
    await asSuper(
      "update invitations set created_at = created_at - interval '6 days 23 hours', expires_at = expires_at - interval '6 days 23 hours' where user_id = $1",
      [young.userId],
    );
    const withdrawn = await invited();
    await inPractice((db) => endInvitation(db, scope, withdrawn.userId));
    const replaced = await invited();
    const newer = await inPractice((db) => renewInvitation(db, scope, { userId: replaced.userId, by: administrator }));
    const disabled = await invited();
    await inPractice((db) => switchUser(db, scope, { userId: disabled.userId, disabled: true, by: administrator }));

    expect(await codeOf(accept(old.token))).toBe("link-expired");
    expect(await codeOf(accept(young.token))).toBe("done");
    expect(await codeOf(accept(withdrawn.token))).toBe("link-withdrawn");
    expect(await codeOf(accept(replaced.token))).toBe("link-withdrawn");
    expect(await codeOf(accept(new URL(newer.link).hash.slice(1)))).toBe("done");
    expect(await codeOf(accept(disabled.token))).toBe("link-withdrawn");
    for (const token of ["made-up", "A".repeat(43), "' or true --"]) expect(await codeOf(accept(token))).toBe("link-unknown");
  });

  it("of a user who has a password sets a new one and ends every session", async () => {
    const { userId, email, token } = await invited();
    await accept(token);
    await signIn(email, PASSWORD);
    const { link } = await inPractice((db) => renewInvitation(db, scope, { userId, by: administrator }));
    expect(await signIn(email, PASSWORD)).toMatchObject({ ok: true });
    await accept(new URL(link).hash.slice(1), "a new password here");
    expect(await signIn(email, PASSWORD)).toMatchObject({ ok: false });
    const open = await asSuper("select count(*)::int as n from sessions where user_id = $1 and ended_at is null", [userId]);
    expect(open.rows[0]).toEqual({ n: 0 });
  });

  it("is refused for an address that somebody has, however it is written, and for a client that does not exist", async () => {
    const { email } = await invited();
    const again = { email: email.toUpperCase(), name: "Again", role: "staff", clientIds: [], by: administrator } as const;
    await expect(inPractice((db) => inviteUser(db, scope, again))).rejects.toMatchObject({ field: "email" });
    await expect(invited({ clientIds: ["00000000-0000-4000-8000-000000000000"] })).rejects.toMatchObject({ field: "clientIds" });
  });

  it("is told apart in the list of users: open, over, and taken up", async () => {
    const [open, over, taken] = [await invited(), await invited(), await invited()];
    await asSuper("update invitations set expires_at = clock_timestamp() where user_id = $1", [over.userId]);
    await accept(taken.token);
    const users = await inPractice((db) => listUsers(db, scope));
    const of = (id: string) => users.find((user) => user.id === id);
    expect(of(open.userId)).toMatchObject({ hasPassword: false, linkEndsAt: expect.any(Date), linkIsOver: false });
    expect(of(over.userId)).toMatchObject({ hasPassword: false, linkEndsAt: expect.any(Date), linkIsOver: true });
    expect(of(taken.userId)).toMatchObject({ hasPassword: true, linkEndsAt: null, linkIsOver: false });
  });
});

describe("the list of users", () => {
  it("counts each one's clients and open sessions, and no ended ones", async () => {
    const { id } = await aClient("Counted");
    const { userId, email, token } = await invited({ clientIds: [id] });
    const other = await invited();
    await accept(token);
    await signIn(email, PASSWORD);
    await signIn(email, PASSWORD);
    await asSuper(
      "update sessions set ended_at = clock_timestamp() where id = (select id from sessions where user_id = $1 limit 1)",
      [userId],
    );
    const users = await inPractice((db) => listUsers(db, scope));
    expect(users.find((user) => user.id === userId)).toMatchObject({ clients: 1, sessions: 1 });
    expect(users.find((user) => user.id === other.userId)).toMatchObject({ clients: 0, sessions: 0 });
  });
});

describe("which clients a user sees", () => {
  it("changes at once when one is given or taken, and no other's with it", async () => {
    const [one, two] = [await aClient("Given-one"), await aClient("Given-two")];
    const { userId } = await invited({ clientIds: [one.id] });
    const other = await invited({ clientIds: [one.id] });
    const sees = async (user: string, client: string) => (await inPractice((db) => findClientFor(db, scope, user, client)))?.sees;
    expect([await sees(userId, "given-one"), await sees(userId, "given-two")]).toEqual([true, false]);
    await inPractice((db) => giveUserClients(db, scope, { userId, clientIds: [two.id, one.id] }));
    expect([await sees(userId, "given-one"), await sees(userId, "given-two")]).toEqual([true, true]);
    await inPractice((db) => takeUserClient(db, scope, { userId, clientId: one.id }));
    expect([await sees(userId, "given-one"), await sees(userId, "given-two")]).toEqual([false, true]);
    expect([await sees(other.userId, "given-one"), await sees(other.userId, "given-two")]).toEqual([true, false]);
    await expect(inPractice((db) => takeUserClient(db, scope, { userId, clientId: one.id }))).rejects.toThrow("no longer sees");
  });

  it("is read by key, a page at a time, and found by name with % and _ meaning themselves", async () => {
    const clients = [];
    for (const name of ["Page 1", "Page 2", "Page 3", "50% off", "A_b"]) {
      clients.push(await aClient(name, `page-${clients.length}`));
    }
    const { userId } = await invited({ clientIds: clients.map(({ id }) => id) });
    const page = (search: string, after: { name: string; id: string } | null) =>
      inPractice((db) => listGivenClients(db, scope, userId, { search, after, limit: 2 }));
    const first = await page("page", null);
    expect(first.map(({ name }) => name)).toEqual(["Page 1", "Page 2", "Page 3"]);
    expect((await page("page", first[1] ?? null)).map(({ name }) => name)).toEqual(["Page 3"]);
    const find = (search: string) => inPractice((db) => searchClients(db, scope, { search, after: null, limit: 20 }));
    expect((await find("%")).map(({ name }) => name)).toEqual(["50% off"]);
    expect((await find("_")).map(({ name }) => name)).toEqual(["A_b"]);
    expect((await find("page-4")).map(({ name }) => name)).toEqual(["A_b"]);
  });
});

describe("a user's role", () => {
  it("is changed for another, never for oneself, and never away from the last administrator", async () => {
    const { userId } = await invited({ role: "administrator" });
    const change = (id: string, role: Role, by: string) =>
      inPractice((db) => editUser(db, scope, { userId: id, name: "Renamed", role, by }));
    await expect(change(administrator, "staff", administrator)).rejects.toMatchObject({ field: "role" });
    expect(await change(userId, "adviser", administrator)).toMatchObject({ was: { role: "administrator" } });
    await expect(change(administrator, "staff", userId)).rejects.toThrow("last administrator");
    expect(await change(administrator, "administrator", administrator)).toMatchObject({ was: { name: "First" } });
  });
});

describe("one's own password", () => {
  const staffOf = (userId: string, email: string, sessionId: string) =>
    ({ userId, email, sessionId, name: "Somebody", role: "staff" }) as const;

  it("is changed by who knows the old one, and every other session ends", async () => {
    const { userId, email, token } = await invited();
    await accept(token);
    for (let n = 0; n < 3; n += 1) await signIn(email, PASSWORD);
    const { rows } = await asSuper("select id from sessions where user_id = $1 and ended_at is null order by created_at", [
      userId,
    ]);
    const staff = staffOf(userId, email, rows[0].id);
    const change = (old: string, password: string) => inPractice((db) => changeOwnPassword(db, scope, staff, { old, password }));
    await expect(change("not the password", "a new password here")).rejects.toMatchObject({ field: "old" });
    await expect(change(PASSWORD, "too short")).rejects.toMatchObject({ field: "password" });
    await expect(change(PASSWORD, PASSWORD)).rejects.toMatchObject({ field: "password" });
    expect(await change(PASSWORD, "a new password here")).toEqual({ endedSessions: 2 });
    const open = await asSuper("select id from sessions where user_id = $1 and ended_at is null", [userId]);
    expect(open.rows).toEqual([{ id: rows[0].id }]);
    expect(await signIn(email, PASSWORD)).toMatchObject({ ok: false });
    expect(await signIn(email, "a new password here")).toMatchObject({ ok: true });
  });

  it("cannot be guessed from a session left open: five wrong tries, each in the audit", async () => {
    const { userId, email, token } = await invited();
    await accept(token);
    const staff = staffOf(userId, email, "00000000-0000-4000-8000-000000000000");
    const change = (old: string) =>
      inPractice((db) => changeOwnPassword(db, scope, staff, { old, password: "a new password here" }));
    for (let tries = 0; tries < 5; tries += 1)
      await expect(change("not the password")).rejects.toThrow("not your current password");
    await expect(change(PASSWORD)).rejects.toThrow("Too many attempts");
    const kept = await asSuper(
      "select detail->>'why' as why from audit_events where action = 'profile.refused' and subject = $1",
      [email],
    );
    expect(kept.rows.map(({ why }) => why)).toEqual([...Array(5).fill("password"), "limited"]);
  });
});

describe("the audit's screen", () => {
  const NONE = { person: "", client: "", action: "", words: "", from: "", to: "" };
  const find = (filter: Partial<typeof NONE>, before: bigint | null = null, limit = 100) =>
    inPractice((db) => listAuditEvents(db, scope, { ...NONE, ...filter }, { before, limit }));
  let bramble: { id: string; slug: string };
  let cobnut: { id: string; slug: string };

  beforeAll(async () => {
    [bramble, cobnut] = [await aClient("Bramble & Co", "bramble"), await aClient("Cobnut Ltd", "cobnut")];
    for (const client of [bramble, cobnut]) {
      const own = jobScope(client.id, { userId: administrator, label: "Pat <pat@practice.test>" });
      for (const n of [1, 2, 3]) {
        await database.inScope(own, (db) =>
          audit(db, own, { action: `export.step-${n}`, subject: `INV-${n}`, detail: { note: "50% off" } }),
        );
      }
    }
    const other = jobPracticeScope({ userId: null, label: "Kim <kim@practice.test>" });
    await database.inScope(other, (db) => audit(db, other, { action: "user.invite", subject: "new@practice.test" }));
  });

  it("finds by person, client, action, words and day, alone and together", async () => {
    expect(await find({ person: "pat@" })).toHaveLength(6);
    expect(await find({ person: "KIM" })).toMatchObject([
      { action: "user.invite", client_slug: null, actor: "Kim <kim@practice.test>" },
    ]);
    expect(await find({ client: "bramble" })).toHaveLength(3);
    expect(await find({ client: "cobnut", action: "export.step-2" })).toMatchObject([
      { client_name: "Cobnut Ltd", subject: "INV-2" },
    ]);
    expect(await find({ words: "inv-3", person: "Pat" })).toHaveLength(2);
    expect(await find({ words: "50% off" })).toHaveLength(6);
    expect(await find({ words: "%" })).toHaveLength(6);
    const today = new Date().toISOString().slice(0, 10);
    expect(await find({ person: "pat", from: today, to: today })).toHaveLength(6);
    expect(await find({ person: "pat", to: "2020-01-01" })).toEqual([]);
    expect(await find({ person: "pat", from: "2199-01-01" })).toEqual([]);
    expect(await inPractice((db) => listAuditActions(db, scope))).toEqual(
      expect.arrayContaining(["export.step-1", "export.step-2", "export.step-3", "user.invite"]),
    );
  });

  it("reads newest first, a page at a time, each event once", async () => {
    const whole = await find({ person: "pat" });
    const seen: string[] = [];
    let before: bigint | null = null;
    for (;;) {
      const page = await find({ person: "pat" }, before, 4);
      seen.push(...page.map(({ seq }) => seq));
      const last = page.at(-1);
      if (page.length < 4 || !last) break;
      before = BigInt(last.seq);
    }
    expect(seen).toEqual(whole.map(({ seq }) => seq));
  });

  it("says of every chain whether it is whole, and names the first event that was changed", async () => {
    const verify = (client: string) => inPractice((db) => verifyChains(db, scope, client));
    expect((await verify("")).filter(({ brokenAt }) => brokenAt !== null)).toEqual([]);
    expect(await verify("bramble")).toMatchObject([{ clientSlug: "bramble", rows: 3, brokenAt: null }]);
    const [changed] = await find({ client: "bramble", action: "export.step-2" });
    await asSuper("alter table audit_events disable trigger audit_events_fixed");
    await asSuper("update audit_events set actor = 'Kim' where seq = $1", [changed?.seq]);
    await asSuper("alter table audit_events enable trigger audit_events_fixed");
    const after = await verify("");
    expect(after[0]).toMatchObject({ clientSlug: "bramble", brokenAt: changed?.seq });
    expect(after.filter(({ brokenAt }) => brokenAt !== null)).toHaveLength(1);
    expect(after.some(({ clientSlug }) => clientSlug === null)).toBe(true);
  });
});
