import type { ScopedDb } from "#db/client.ts";
import { type DigestOf, forgetOldAlerts, listDigestTargets, openDigest, queueFor, readDigest } from "#db/queries/alerts.ts";
import { countWords } from "#lib/common/count-words.ts";
import type { PracticeScope } from "#lib/common/scope.ts";
import { env } from "#lib/env.ts";
import { errorEntry } from "#lib/errors/catalogue.ts";

/** Causes and clients named in one digest; the rest are counted. */
const MOST = 20;

export interface DigestRun {
  /** Names the run, and with it the digest: each run has one, however often this is called. */
  readonly key: string;
  /** "Night of 22 Nov 2026". */
  readonly title: string;
  /** What the run did, a sentence each. */
  readonly lines: readonly string[];
  /** Where more of it is to be seen, below our own address. */
  readonly path: string;
}

/**
 * Writes the digest of one run for each person and webhook that wants it: what the run did, what is open now by cause, what has been
 * fixed since the digest before, and which connections are lost. In the caller's transaction: with the run's end, or not at all.
 * @returns how many were written; null when this run has its digest already
 */
export async function writeDigest(db: ScopedDb, scope: PracticeScope, run: DigestRun): Promise<number | null> {
  const digestId = await openDigest(db, scope, run.key);
  if (digestId === null) return null;
  const url = `${env().APP_URL}${run.path}`;
  const targets = await listDigestTargets(db, scope);
  for (const target of targets) {
    const of = await readDigest(db, scope, digestId, target, MOST);
    await queueFor(db, scope, target, {
      event: "digest",
      eventKey: `digest:${run.key}`,
      clientId: null,
      subject: `${run.title}: ${of.open === 0 ? "nothing needs attention" : `${count(of.open, "record")} in Error Feedback`}`,
      text: textOf(run, of, url),
      body: {
        run: { title: run.title, lines: run.lines, url },
        open: {
          records: of.open,
          clients: of.clients,
          causes: of.causes.map((one) => ({ ...one, title: errorEntry(one.code).title })),
        },
        fixedSince: { records: of.fixedCount, causes: of.fixed.map((one) => ({ ...one, title: errorEntry(one.code).title })) },
        ignoredSince: { records: of.ignoredCount },
        lostConnections: of.lost.map((one) => ({ ...one, lostAt: one.lostAt.toISOString() })),
      },
    });
  }
  await forgetOldAlerts(db, scope);
  return targets.length;
}

function textOf(run: DigestRun, of: DigestOf, url: string): string {
  const lines = [run.title, "", ...run.lines];
  if (of.lost.length > 0) {
    lines.push("", "Lost connections:");
    for (const { client, slug } of of.lost) lines.push(`  ${client}: ${env().APP_URL}/clients/${slug}/setup`);
  }
  lines.push(
    "",
    of.open === 0
      ? "Error Feedback is empty."
      : `In Error Feedback: ${count(of.open, "record")} of ${count(of.clients, "client")}.`,
  );
  for (const cause of of.causes)
    lines.push(`  ${cause.count} × ${errorEntry(cause.code).title} (${count(cause.clients, "client")})`);
  if (of.fixed.length > 0) {
    lines.push("", `Fixed since the last digest: ${count(of.fixedCount, "record")}.`);
    for (const one of of.fixed) lines.push(`  ${one.client}: ${errorEntry(one.code).title}, from ${one.was} to ${one.now}`);
  }
  if (of.ignoredCount > 0)
    lines.push(
      "",
      `Ignored since the last digest, and not sent: ${count(of.ignoredCount, "record")}. See Not in Pending Export.`,
    );
  lines.push("", url, "", `Choose which alerts you get: ${env().APP_URL}/settings/alerts`, "");
  return lines.join("\n");
}

const count = (n: number, what: string) => countWords(n, what);
