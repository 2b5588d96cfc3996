import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { addUser, endSessionsOf, findLiveSession, hasUsers, setDisabled } from "#db/queries/people/people.ts";
import type { Role } from "#db/schema/people.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { log } from "#lib/log.ts";
import { onServer } from "#lib/testing/connections.ts";
import { createTestDatabase, type TestDatabase } from "#lib/testing/database.ts";

vi.mock("server-only", () => ({}));
// Before the environment is read.
vi.hoisted(() => {
  process.env.SESSION_SECRET ??= "s".repeat(40);
});
const verified = vi.hoisted(() => ({ calls: 0 }));
vi.mock("@node-rs/argon2", async (original) => {
  const argon2 = await original<typeof import("@node-rs/argon2")>();
  return {
    ...argon2,
    verify: (...given: Parameters<typeof argon2.verify>) => {
      verified.calls += 1;
      return argon2.verify(...given);
    },
  };
});
// Stands in for the web process's pool, which is opened from the environment.
const held = vi.hoisted(() => ({ database: undefined as Database | undefined }));
vi.mock("#lib/web.ts", () => ({ database: () => held.database }));

const { signInWithPassword, signInByProvider, signOut } = await import("./sign-in.ts");
const { hashPassword, prepareNobody } = await import("#lib/common/password.ts");
const { makeFirstAdministrator } = await import("./first-run.ts");
const { switchUser } = await import("./users.ts");

const PASSWORD = "a password for tests";
const scope = jobPracticeScope({ userId: null, label: "Test" });
let testDatabase: TestDatabase;
let database: Database;
let made = 0;

async function aUser(role: Role = "staff") {
  made += 1;
  const email = `user-${made}@practice.test`;
  const passwordHash = await hashPassword(PASSWORD);
  const id = await database.inScope(scope, (db) => addUser(db, scope, { email, name: `User ${made}`, role, passwordHash }));
  return { id, email };
}
const from = (address: string) => ({ address, userAgent: "test" });
const anywhere = () => from(`10.0.0.${made}`);
const shaOf = (token: string) => createHash("sha256").update(token).digest();
const isLive = async (token: string) =>
  (await database.inScope(scope, (db) => findLiveSession(db, scope, shaOf(token)))) !== null;
const tokenOf = (result: Awaited<ReturnType<typeof signInWithPassword>>) => {
  if (!result.ok) throw new Error(`Not signed in: ${result.why}`);
  return result.token;
};

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = openDatabase(testDatabase.webUrl, { max: 4 });
  held.database = database;
  await prepareNobody();
});
afterAll(() => database.close());

describe("the first run", () => {
  it("makes one administrator and never a second, however many ask at once", async () => {
    const asked = await Promise.allSettled(
      ["one", "two", "three"].map((name) =>
        database.inScope(scope, (db) =>
          makeFirstAdministrator(
            { practice: "A practice", name, email: `${name}@first.test`, password: PASSWORD },
            { db, scope },
          ),
        ),
      ),
    );
    expect(asked.filter((one) => one.status === "fulfilled")).toHaveLength(1);
    expect(asked.flatMap((one) => (one.status === "rejected" ? [one.reason] : []))).toEqual([
      expect.any(Refusal),
      expect.any(Refusal),
    ]);
    expect(await database.inScope(scope, (db) => hasUsers(db, scope))).toBe(true);
  });
});

describe("a session", () => {
  it("begins with a new random id each time, of which the database keeps the SHA-256 alone", async () => {
    const { email } = await aUser();
    const first = tokenOf(await signInWithPassword(email.toUpperCase(), PASSWORD, anywhere()));
    const second = tokenOf(await signInWithPassword(email, PASSWORD, anywhere()));
    expect(first).not.toBe(second);
    expect(Buffer.from(first, "base64url")).toHaveLength(32);
    const kept = await onServer(testDatabase.superUrl, (client) =>
      client.query("select count(*)::int as n from sessions s where s::text like '%' || $1 || '%'", [first]),
    );
    expect(kept.rows[0]).toEqual({ n: 0 });
    expect(await isLive(first)).toBe(true);
  });

  it("is over at once after sign-out, and the person's others go on", async () => {
    const { email } = await aUser();
    const here = tokenOf(await signInWithPassword(email, PASSWORD, anywhere()));
    const there = tokenOf(await signInWithPassword(email, PASSWORD, anywhere()));
    await signOut(here);
    expect(await isLive(here)).toBe(false);
    expect(await isLive(there)).toBe(true);
  });

  it("is over at once when its user is disabled, who then cannot sign in, and old sessions stay over when enabled again", async () => {
    const administrator = await aUser("administrator");
    const { id, email } = await aUser();
    const token = tokenOf(await signInWithPassword(email, PASSWORD, anywhere()));
    await database.inScope(scope, (db) => switchUser(db, scope, { userId: id, disabled: true, by: administrator.id }));
    expect(await isLive(token)).toBe(false);
    expect(await signInWithPassword(email, PASSWORD, anywhere())).toEqual({ ok: false, why: "credentials" });
    await database.inScope(scope, (db) => switchUser(db, scope, { userId: id, disabled: false, by: administrator.id }));
    expect(await isLive(token)).toBe(false);
  });

  it("does not live on in a disabled user even when nobody ended it", async () => {
    const { id, email } = await aUser();
    const token = tokenOf(await signInWithPassword(email, PASSWORD, anywhere()));
    await database.inScope(scope, (db) => setDisabled(db, scope, id, true));
    expect(await isLive(token)).toBe(false);
  });

  it("is over when an administrator ends a user's sessions", async () => {
    const { id, email } = await aUser();
    const token = tokenOf(await signInWithPassword(email, PASSWORD, anywhere()));
    expect(await database.inScope(scope, (db) => endSessionsOf(db, scope, id))).toBe(1);
    expect(await isLive(token)).toBe(false);
  });

  it.each([
    ["30 minutes after its last use", "last_seen_at = clock_timestamp() - interval '30 minutes 1 second'", false],
    ["not 29 minutes after its last use", "last_seen_at = clock_timestamp() - interval '29 minutes'", true],
    ["12 hours after sign-in, however busy", "expires_at = created_at", false],
  ])("is over %s", async (_, change, live) => {
    const { id, email } = await aUser();
    const token = tokenOf(await signInWithPassword(email, PASSWORD, anywhere()));
    await onServer(testDatabase.superUrl, (client) => client.query(`update sessions set ${change} where user_id = $1`, [id]));
    expect(await isLive(token)).toBe(live);
  });

  it("does not end when the demo's clock is set forward or run fast", async () => {
    const { email } = await aUser();
    const token = tokenOf(await signInWithPassword(email, PASSWORD, anywhere()));
    const clock =
      "insert into clock (id, real_at, virtual_at, scale) values (1, clock_timestamp(), clock_timestamp() + interval '3 days', 600)";
    await onServer(testDatabase.superUrl, (client) => client.query(clock));
    expect(await isLive(token)).toBe(true);
    expect(await isLive(tokenOf(await signInWithPassword(email, PASSWORD, anywhere())))).toBe(true);
    await onServer(testDatabase.superUrl, (client) => client.query("delete from clock"));
  });
});

describe("trying to sign in", () => {
  it("costs one argon2, whether the account exists, is disabled, or not", async () => {
    const { id, email } = await aUser();
    const counted = async (account: string, password: string) => {
      const before = verified.calls;
      expect((await signInWithPassword(account, password, anywhere())).ok).toBe(false);
      return verified.calls - before;
    };
    expect(await counted(email, "not the password")).toBe(1);
    expect(await counted("nobody@practice.test", "not the password")).toBe(1);
    await database.inScope(scope, (db) => setDisabled(db, scope, id, true));
    expect(await counted(email, PASSWORD)).toBe(1);
  });

  it("is refused after five wrong tries at one account, from wherever they come and whether it exists or not", async () => {
    for (const account of [(await aUser()).email, "made-up@practice.test"]) {
      for (let tries = 1; tries <= 5; tries += 1) {
        expect(await signInWithPassword(account, "not the password", from(`10.1.${made}.${tries}`))).toEqual({
          ok: false,
          why: "credentials",
        });
      }
      const before = verified.calls;
      const refused = await signInWithPassword(account, PASSWORD, from("10.2.0.1"));
      expect(refused).toEqual({ ok: false, why: "limited", seconds: expect.any(Number) });
      expect("seconds" in refused && refused.seconds).toBeLessThanOrEqual(900);
      expect(verified.calls).toBe(before);
    }
  });

  it("counts anew after a success, so that nobody locks themselves out by and by", async () => {
    const { email } = await aUser();
    for (let round = 0; round < 3; round += 1) {
      for (let tries = 0; tries < 4; tries += 1) await signInWithPassword(email, "not the password", anywhere());
      expect((await signInWithPassword(email, PASSWORD, anywhere())).ok).toBe(true);
    }
  });

  it("is refused after fifty wrong tries from one address, at whatever accounts", async () => {
    const one = from("10.3.0.1");
    const { email } = await aUser();
    for (let tries = 0; tries < 50; tries += 1) {
      expect(await signInWithPassword(`guess-${tries}@practice.test`, "x", one)).toEqual({ ok: false, why: "credentials" });
    }
    expect(await signInWithPassword(email, PASSWORD, one)).toMatchObject({ ok: false, why: "limited" });
    expect((await signInWithPassword(email, PASSWORD, from("10.3.0.2"))).ok).toBe(true);
  });

  it("leaves a trace in the audit, without what was typed for an account that does not exist", async () => {
    const { email } = await aUser();
    await signInWithPassword(email, "not the password", anywhere());
    await signInWithPassword("my secret password", "me@practice.test", anywhere());
    tokenOf(await signInWithPassword(email, PASSWORD, anywhere()));
    const { rows } = await onServer(testDatabase.superUrl, (client) =>
      client.query(
        "select action, subject, detail->>'why' as why from audit_events where client_id is null order by seq desc limit 3",
      ),
    );
    expect(rows).toEqual([
      { action: "session.begin", subject: email, why: null },
      { action: "session.refused", subject: null, why: "unknown" },
      { action: "session.refused", subject: email, why: "password" },
    ]);
  });
});

describe("single sign-on", () => {
  it("lets in a user of ours by their address, and nobody else", async () => {
    const { id, email } = await aUser();
    const token = await signInByProvider(email, anywhere());
    expect(token !== null && (await isLive(token))).toBe(true);
    expect(await signInByProvider("stranger@elsewhere.test", anywhere())).toBeNull();
    await database.inScope(scope, (db) => setDisabled(db, scope, id, true));
    expect(await signInByProvider(email, anywhere())).toBeNull();
  });
});

describe("the last administrator", () => {
  it("cannot be disabled, nor can anyone disable themselves", async () => {
    await onServer(testDatabase.superUrl, (client) =>
      client.query("update users set disabled_at = now() where role = 'administrator'"),
    );
    const one = await aUser("administrator");
    const two = await aUser("administrator");
    const disable = (userId: string, by: string) =>
      database.inScope(scope, (db) => switchUser(db, scope, { userId, disabled: true, by }));
    await expect(disable(one.id, one.id)).rejects.toThrow("yourself");
    const both = await Promise.allSettled([disable(one.id, two.id), disable(two.id, one.id)]);
    expect(both.filter((answer) => answer.status === "fulfilled")).toHaveLength(1);
  });
});

describe("FC4 sign-in says one word, whatever is typed and whatever is thrown", () => {
  const authorize = async (given: Record<string, string>) => {
    const { authOptions } = await import("./options.ts");
    const [provider] = authOptions(new Request("http://localhost:3000/api/auth/callback/credentials")).providers;
    const { authorize: ask } = (provider as unknown as { options: { authorize: (given: unknown) => Promise<unknown> } }).options;
    return ask(given).then(
      () => "signed in",
      (error: unknown) => (error instanceof Error ? error.message : "something else"),
    );
  };

  it.each(["nobody\u0000@practice.test", "\u0000", "a\u001b[2J@practice.test"])("%j is nobody's address", async (email) => {
    expect(await authorize({ email, password: PASSWORD })).toBe("credentials");
    expect(await authorize({ email: "somebody@practice.test", password: email })).toBe("credentials");
  });

  it("a database that fails is told to the log, under an id, and to nobody else", async () => {
    const { email } = await aUser();
    const lines = vi.spyOn(log, "error").mockImplementation(() => undefined);
    held.database = {
      pool: database.pool,
      inScope: () => Promise.reject(new Error(`Failed query: select 1\nparams: ${email}`)),
      close: async () => undefined,
    };
    try {
      expect(await authorize({ email, password: PASSWORD })).toBe("failed");
      expect(lines).toHaveBeenCalledWith(
        expect.objectContaining({ id: expect.stringMatching(/^[0-9a-f]{8}$/) }),
        "sign-in failed",
      );
    } finally {
      held.database = database;
      lines.mockRestore();
    }
    expect(await authorize({ email, password: PASSWORD })).toBe("signed in");
  });

  it.each([".x", "http://[", "javascript:1", "https://elsewhere.test/x", "\\\\elsewhere"])(
    "an address to go on to that is none of ours, %s, leads home",
    async (url) => {
      const { authOptions } = await import("./options.ts");
      const { redirect } = authOptions(new Request("http://localhost:3000/api/auth/signin")).callbacks ?? {};
      expect(await redirect?.({ url, baseUrl: "http://localhost:3000" })).toBe("http://localhost:3000");
    },
  );
});
