import type { Database } from "#db/client.ts";
import journal from "#db/migrations/meta/_journal.json" with { type: "json" };
import { newestMigration } from "#db/queries/practice/watching.ts";
import { appSettings } from "#lib/calling/app-settings.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";

/** The newest migration that this build knows, in ms since 1970. */
const HEAD = Math.max(...journal.entries.map((entry) => entry.when));
/** A probe waits no longer for the database than this, in real ms. */
const ANSWER_MS = 3_000;

export interface Readiness {
  readonly ready: boolean;
  readonly database: "ok" | "unreachable";
  readonly migrations: "ok" | "behind" | "unknown";
  readonly key: "ok" | "missing";
}

/** Whether this process can do its work: its database answers, holds the tables that this build knows, and the key for tokens is there. */
export async function readiness(database: Database): Promise<Readiness> {
  const key = hasKey() ? "ok" : "missing";
  try {
    const newest = await within(
      ANSWER_MS,
      database.inScope(jobPracticeScope(), (db) => newestMigration(db)),
    );
    const migrations = newest >= HEAD ? "ok" : "behind";
    return { ready: migrations === "ok" && key === "ok", database: "ok", migrations, key };
  } catch {
    return { ready: false, database: "unreachable", migrations: "unknown", key };
  }
}

function hasKey(): boolean {
  try {
    return appSettings().keys.keys.size > 0;
  } catch {
    return false;
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // Its end, whatever it is, is nobody's business any more.
    work.catch(() => {});
  }
}
