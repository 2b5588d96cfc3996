import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { sql } from "drizzle-orm";
import pino from "pino";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openDatabase } from "#db/client.ts";
import { deliverAlerts } from "#lib/alerts/deliver.ts";
import { addWebhook, queueTest } from "#lib/alerts/webhooks.ts";
import { loseConnection } from "#lib/calling/lost.ts";
import { refreshTokens } from "#lib/calling/oauth.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { parseSecretKeys } from "#lib/common/secrets.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { addLogContext, log, scrub, withLogContext } from "#lib/log.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { makePostingScene } from "#lib/testing/posting-scene.ts";

const lines: string[] = [];
const stream: unknown = Reflect.get(log, pino.symbols.streamSym);
if (typeof stream !== "object" || stream === null) throw new Error("The log has no stream");
vi.spyOn(stream as { write(line: string): boolean }, "write").mockImplementation((line) => {
  lines.push(line);
  return true;
});
log.level = "trace";

const scene = await makePostingScene("own");
const test = await createTestDatabase();
const database = openDatabase(test.workerUrl);
afterAll(async () => {
  await scene.close();
  await database.close();
  vi.restoreAllMocks();
});
beforeEach(() => {
  lines.length = 0;
});

/** What a token, a secret at rest or a login looks like; none may stand in a log. */
const SHAPES = [
  /eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}/,
  /\b(Bearer|Basic) [A-Za-z0-9._~+/=-]{8,}/i,
  /\bv1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{16,}/,
  /:\/\/[^\s/@:"]+:[^\s/@"]+@/,
  /gtw_[A-Za-z0-9_-]{20,}/,
  /\$argon2/,
];
const scan = (...secrets: string[]) => {
  const text = lines.join("");
  for (const shape of SHAPES) expect(text).not.toMatch(shape);
  for (const secret of secrets) expect(text).not.toContain(secret);
  return text;
};
const parsed = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe("what the processes log", () => {
  it("holds no token, whatever fails on the way of a posting", async () => {
    const client = await scene.client();
    const tokens: string[] = [];
    const world = client.worldFor;
    await client.add({ number: "INV-L1" }, { number: "INV-L2", lines: [{ nominalCode: "4000" }] });
    await client.upload();
    await client.faults({ name: "P06", rate: 0.5 });
    await withLogContext({ requestId: "turn-1", clientId: client.clientId, connectionId: client.connectionId }, () =>
      client.work(),
    );
    tokens.push((await world(1n).token()).value);
    await loseConnection(
      scene.database,
      client.scope,
      client.connectionId,
      new SyncError("connection.token-expired", { said: tokens }),
    );
    const text = scan(...tokens);
    expect(text).toContain("connection lost");
  });

  it("holds no token that a package, a driver or a mail server says back to us", async () => {
    const secret = randomBytes(24).toString("base64url");
    // A token address that answers with what it was asked, as some do in their errors.
    const echo = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString("utf8");
      });
      request.on("end", () =>
        response
          .writeHead(400, { "Content-Type": "application/json" })
          .end(JSON.stringify({ error: "server_error", error_description: `${body} ${request.headers.authorization}` })),
      );
    });
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
    const app = { clientId: "app", clientSecret: secret, loginUrl: url, identityUrl: url, apiUrl: url };
    const failed = await refreshTokens("xero", app, `refresh-${secret}`).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failed).toBeInstanceOf(Error);
    log.error({ error: failed }, "refused");
    echo.close();

    const nowhere = openDatabase(`postgres://greentick_web:${secret}@127.0.0.1:1/none`);
    await nowhere.pool
      .query("select 1")
      .catch((error: unknown) => log.error({ error, url: `postgres://web:${secret}@db/x` }, "no database"));
    await nowhere.close();
    const practice = jobPracticeScope();
    await database
      .inScope(practice, (db) =>
        db.execute(`insert into grants (package, access_token_sealed) values ('xero', 'v1.k1.${"n".repeat(16)}.${secret}')`),
      )
      .catch((error: unknown) => log.error({ error }, "a statement failed"));
    scan(secret, Buffer.from(`app:${secret}`).toString("base64"));
  });

  it("FC4 nor do a failed statement's values stand in a log, or in what is thrown: neither what was typed nor what the server quotes", async () => {
    const secret = `typed-${randomBytes(12).toString("hex")}`;
    const practice = jobPracticeScope();
    const failing = [
      sql`select ${secret}::uuid`,
      sql`select ${`${secret}"; "quoted" and more`}::int`,
      sql`select ${`${secret}\n    at nowhere (file:1:1) ${secret}`}::date`,
      sql`select ${`${secret}\u0000`}::text`,
      sql`select ${`{"a": "${secret}"`}::jsonb`,
      sql`select to_tsquery(${`${secret} & & x`})`,
      sql`select ${secret}::text from nowhere`,
      sql`insert into users (email, name, role) values (${secret}, ${secret}, ${secret}), (${secret}, ${secret}, ${secret})`,
      sql.raw(`select '${secret}'::uuid`),
      sql.raw(`select 1 from users where ${secret.replaceAll("-", "_")} = '${secret}`),
    ];
    for (const [index, statement] of failing.entries()) {
      const thrown = await database
        .inScope(practice, (db) => db.execute(statement))
        .then(
          () => null,
          (error: unknown) => error,
        );
      expect(thrown, `${index}`).toBeInstanceOf(Error);
      // As the framework prints what a page throws.
      expect(inspect(thrown, { depth: 9 })).not.toContain(secret);
      log.error({ error: thrown }, "a statement failed");
      const other = await database.pool.query("select $1::uuid", [secret]).catch((error: unknown) => error);
      log.error({ error: other }, "another failed");
    }
    // What helps to find it stays: the statement and the server's code.
    expect(scan(secret)).toMatch(/Failed query: select \$1::uuid.*22P02/s);
  });

  it("holds neither the secret of a webhook nor the mail server's password", async () => {
    const keys = parseSecretKeys(`k1:${randomBytes(32).toString("base64")}`);
    const practice = jobPracticeScope();
    const { id, secret } = await database.inScope(practice, (db) =>
      addWebhook(
        db,
        practice,
        { name: "Chat", url: "http://127.0.0.1:1/", digest: true, immediate: true },
        { keys, allowPrivate: true },
      ),
    );
    await database.inScope(practice, (db) => queueTest(db, practice, { channel: "webhook", id }));
    await deliverAlerts(database, {
      smtpUrl: "smtp://who:s3cret-word@127.0.0.1:1",
      from: "a@example.com",
      allowPrivate: true,
      keys,
    });
    expect(scan(secret, "s3cret-word")).toContain("an alert was not sent");
  });

  it("cuts secrets out by name at any depth, and by shape out of sentences", () => {
    const jwt = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from('{"sub":"1"}').toString("base64url")}.c2lnbmF0dXJl`;
    log.info(
      {
        one: { two: { three: { access_token: "abc123", list: [{ Authorization: "Bearer abcdefghijkl" }] } } },
        password: "hunter22",
      },
      `asked with Bearer ${jwt}`,
    );
    log.error({ error: new Error(`refused: refresh_token=${jwt}&code_verifier=abcdefgh`, { cause: new Error(jwt) }) }, "failed");
    scan(jwt, "abc123", "hunter22", "abcdefgh");
    expect(scrub("https://login.example/callback?code=4%2F0Ab&state=xyz")).toBe(
      "https://login.example/callback?code=[removed]&state=[removed]",
    );
    expect(scrub("Nominal 4010 is not mapped: code mapping.account-missing")).toContain("mapping.account-missing");
  });

  it("names request, person, client and posting in every line within", async () => {
    await withLogContext({ requestId: "r-1" }, async () => {
      addLogContext({ userId: "u-1" });
      await withLogContext({ clientId: "c-1", postingIds: ["p-1"] }, async () => {
        await Promise.resolve();
        log.info("within");
      });
      log.info("beside");
    });
    log.info("outside");
    expect(
      parsed().map(({ msg, requestId, userId, clientId, postingIds }) => [msg, requestId, userId, clientId, postingIds]),
    ).toEqual([
      ["within", "r-1", "u-1", "c-1", ["p-1"]],
      ["beside", "r-1", "u-1", undefined, undefined],
      ["outside", undefined, undefined, undefined, undefined],
    ]);
    expect(parsed()[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });
});
