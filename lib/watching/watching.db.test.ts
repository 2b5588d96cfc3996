import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { blockApp } from "#db/queries/connections/allowances.ts";
import { addAuditEvent } from "#db/queries/people/audit.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { readiness } from "#lib/health/health.ts";
import { serveFigures, type WatchServer } from "#lib/health/server.ts";
import { standingOver } from "#lib/health/standing.ts";
import { onServer } from "#lib/testing/connections.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { makePostingScene } from "#lib/testing/posting-scene.ts";
import { measureRequests, routeOf } from "./durations.ts";
import { metrics } from "./metrics.ts";

const TOKEN = "a-token-of-the-operator";
const KEY = `k1:${Buffer.alloc(32, 7).toString("base64")}`;

const test = await createTestDatabase();
const database = openDatabase(test.workerUrl);
const scene = await makePostingScene("own");
let figures: WatchServer;

beforeAll(async () => {
  vi.stubEnv("APP_SECRETS", KEY);
  figures = await serveFigures(scene.database, { host: "127.0.0.1", port: 0, token: TOKEN });
});
afterAll(async () => {
  await figures.close();
  await database.close();
  await scene.close();
  vi.unstubAllEnvs();
});

const ask = (path: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${figures.port}${path}`, { headers }).then(async (answer) => ({
    status: answer.status,
    body: await answer.text(),
  }));
const allowed = { Authorization: `Bearer ${TOKEN}` };

describe("figures of a process", () => {
  it("count what was sent, seen and still unclear, and name no tenant", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-M1" }, { number: "INV-M2" });
    await client.upload();
    await client.work();
    const { body } = await ask("/metrics", allowed);
    for (const name of [
      "sync_postings_total",
      "sync_posting_unknown",
      "sync_posting_unknown_age_seconds_max",
      "sync_provider_calls_total",
      "sync_provider_throttled_total",
      "sync_rate_tokens_available",
      "sync_queue_ready",
      "sync_queue_oldest_seconds",
      "sync_connections",
      "sync_token_refresh_total",
      "sync_reconcile_mismatch_total",
      "sync_audit_chain_ok",
      "sync_cursor_lag_seconds",
      "http_server_request_duration_seconds",
      "http_client_request_duration_seconds",
    ]) {
      expect(body, name).toContain(`# TYPE ${name} `);
    }
    const value = (series: string) =>
      Number(
        body
          .split("\n")
          .find((line) => line.startsWith(`${series} `))
          ?.split(" ")[1],
      );
    expect(value('sync_postings_total{provider="xero",kind="sales-invoice",outcome="posted"}')).toBe(2);
    expect(value('sync_postings_total{provider="xero",kind="sales-invoice",outcome="confirmed"}')).toBe(2);
    expect(value('sync_provider_calls_total{provider="xero",status_class="2xx"}')).toBeGreaterThanOrEqual(3);
    expect(value('sync_connections{provider="xero",state="live"}')).toBeGreaterThanOrEqual(1);
    expect(value('sync_rate_tokens_available{provider="xero",scope="app"}')).toBeGreaterThan(0);
    expect(value("sync_audit_chain_ok")).toBe(1);
    await scene.database.inScope(jobPracticeScope(), (db) => blockApp(db, "xero:app", 60_000));
    await standingOver(scene.database)();
    expect((await metrics().tokens.get()).values.map((one) => one.value)).toEqual([0]);
    for (const secret of [client.tenant, client.clientId, client.connectionId]) expect(body).not.toContain(secret);
  });

  it("are given to who knows the token, and to nobody else", async () => {
    for (const given of [{}, { Authorization: "Bearer wrong" }, { Authorization: TOKEN }, { Authorization: `Basic ${TOKEN}` }]) {
      const answer = await ask("/metrics", given as Record<string, string>);
      expect(answer.status).toBe(401);
      expect(answer.body).not.toContain("sync_");
    }
    expect((await ask("/metrics", allowed)).status).toBe(200);
    expect((await ask("/elsewhere", allowed)).status).toBe(404);
  });

  it("read the tables once in ten seconds, however many ask", async () => {
    let transactions = 0;
    const counted: Database = {
      ...database,
      inScope: (scope, work) => {
        transactions += 1;
        return database.inScope(scope, work);
      },
    };
    const standing = standingOver(counted);
    await Promise.all([standing(), standing(), standing()]);
    await standing();
    expect(transactions).toBe(1);
  });

  it("say that the audit is broken when one of its rows was changed behind the database's back", async () => {
    const scope = jobPracticeScope();
    for (const action of ["one", "two", "three"]) await database.inScope(scope, (db) => addAuditEvent(db, scope, { action }));
    await standingOver(database)();
    expect(await auditOk()).toBe(1);
    await onServer(test.superUrl, (client) =>
      client.query("set session_replication_role = replica; update audit_events set action = 'other' where action = 'two'"),
    );
    await standingOver(database)();
    expect(await auditOk()).toBe(0);
  });

  it("measure requests by route, with what names a client or record taken out", async () => {
    expect(routeOf("/clients/ashdown-wholesale/documents/6c1f0d8e-1111-4222-8333-444455556666?q=x")).toBe(
      "/clients/[client]/documents/[id]",
    );
    expect(routeOf("/_next/static/chunks/8d2.js")).toBe("/_next");
    expect(routeOf("/")).toBe("/");
    measureRequests("http");
    const server = createServer((request, response) => {
      response.statusCode = request.url?.startsWith("/api") ? 401 : 200;
      response.end("yes");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    for (const path of ["/clients/some-client/export", "/api/settings/grids/made", "/api/settings/grids/up"])
      await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`).then((one) => one.text());
    server.close();
    const text = await metrics().registry.metrics();
    expect(text).toMatch(/http_server_request_duration_seconds_count\{[^}]*http_route="\/clients\/\[client\]\/export"[^}]*\} 1/);
    expect(text).toMatch(/http_client_request_duration_seconds_count\{[^}]*server_address="127\.0\.0\.1"[^}]*\}/);
    expect(text).not.toContain("some-client");
    // Whoever asks for paths of their own making adds no series.
    expect(text).not.toContain("/grids/");
    expect(text).toMatch(/http_server_request_duration_seconds_count\{[^}]*status_code="401"[^}]*http_route=""[^}]*\} 2/);
  });
});

async function auditOk(): Promise<number | undefined> {
  return (await metrics().auditOk.get()).values[0]?.value;
}

describe("health", () => {
  it("is alive whatever the database does, and ready when that answers, is migrated and the key is there", async () => {
    expect(await ask("/healthz")).toMatchObject({ status: 200 });
    expect(await ask("/readyz")).toMatchObject({ status: 200 });
    expect(await readiness(database)).toEqual({ ready: true, database: "ok", migrations: "ok", key: "ok" });
  });

  it("is not ready over a database that lacks a migration of this build", async () => {
    await onServer(test.superUrl, (client) =>
      client.query(
        "delete from drizzle.__drizzle_migrations where created_at = (select max(created_at) from drizzle.__drizzle_migrations)",
      ),
    );
    expect(await readiness(database)).toMatchObject({ ready: false, database: "ok", migrations: "behind" });
    await onServer(test.superUrl, (client) => client.query("drop table drizzle.__drizzle_migrations"));
    expect(await readiness(database)).toMatchObject({ ready: false, database: "ok", migrations: "behind" });
  });

  it("is not ready while the database cannot be reached", async () => {
    const nowhere = openDatabase(test.workerUrl.replace(/:\d+\//, ":1/"));
    expect(await readiness(nowhere)).toMatchObject({ ready: false, database: "unreachable" });
    await nowhere.close();
  });
});
