import pg from "pg";
import { describe, expect, it } from "vitest";
import { EMBEDDED } from "#lib/start/embedded.ts";
import { onServer } from "#lib/testing/connections.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { loginOf, migrate } from "./migrate.ts";

const database = await createTestDatabase();
const logins = { webUser: EMBEDDED.web, workerUser: EMBEDDED.worker };

describe("migrations", () => {
  it("may be repeated, and run by several at once", async () => {
    const ownerUrl = database.ownerUrl;
    await Promise.all([migrate({ ownerUrl, ...logins }), migrate({ ownerUrl, ...logins }), migrate({ ownerUrl, ...logins })]);
  });

  it("leave web and worker able to use the queue, and unable to create anything", async () => {
    for (const url of [database.webUrl, database.workerUrl]) {
      await onServer(url, async (client) => {
        await expect(client.query("select count(*) from pgboss.job")).resolves.toMatchObject({ rowCount: 1 });
        await expect(client.query("create table public.mine (id int)")).rejects.toThrow("permission denied");
        await expect(client.query("create table pgboss.mine (id int)")).rejects.toThrow("permission denied");
        await expect(client.query("create schema mine")).rejects.toThrow("permission denied");
      });
    }
  });

  it("leave web and worker bound by row-level security", async () => {
    const { rows } = await onServer(database.superUrl, (client) =>
      client.query(
        "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = any($1) order by 1",
        [Object.values(EMBEDDED)],
      ),
    );
    const bound = { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false };
    expect(rows).toEqual(
      expect.arrayContaining([EMBEDDED.owner, EMBEDDED.web, EMBEDDED.worker].map((rolname) => ({ rolname, ...bound }))),
    );
  });

  it("refuse a login that no policy would bind", async () => {
    await expect(migrate({ ownerUrl: database.ownerUrl, webUser: EMBEDDED.owner, workerUser: EMBEDDED.worker })).rejects.toThrow(
      "must be neither owner nor superuser nor BYPASSRLS",
    );
    await expect(migrate({ ownerUrl: database.ownerUrl, webUser: "nobody_here", workerUser: EMBEDDED.worker })).rejects.toThrow(
      `Make it first: create role ${pg.escapeIdentifier("nobody_here")}`,
    );
  });

  it("take the logins' names from their addresses", () => {
    expect(loginOf("postgres://web%40firm:secret@db.example:5432/books", "greentick_web")).toBe("web@firm");
    expect(loginOf(undefined, "greentick_web")).toBe("greentick_web");
  });
});
