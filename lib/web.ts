import "server-only";
import { type Database, openDatabase } from "#db/client.ts";
import { needEnv } from "#lib/env.ts";

// Next bundles pages, handlers and instrumentation apart: the process's one pool stands outside the modules.
const KEPT = Symbol.for("greentick.web.database");
const kept = globalThis as typeof globalThis & { [KEPT]?: Database };

/** The web process's one pool, opened on first use with the web's own login. */
export function database(): Database {
  kept[KEPT] ??= openDatabase(needEnv("DATABASE_URL").DATABASE_URL, { max: 20, applicationName: "greentick web" });
  return kept[KEPT];
}
