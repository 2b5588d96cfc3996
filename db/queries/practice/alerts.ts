import { and, desc, eq, inArray, isNull, lt, type SQL, sql } from "drizzle-orm";
import type { PracticeScope, Scope, ScopedDb } from "#db/client.ts";
import { CAUSE_CODE } from "#db/queries/export/causes.ts";
import { type AlertEvent, alertDigests, alertOutbox, alertWebhooks } from "#db/schema/alerts.ts";
import { userSettings } from "#db/schema/work.ts";

const KEY = "alerts";

/** What a person chose to be told, as it was written; null for the defaults. */
export async function findAlertSettings(db: ScopedDb, _scope: PracticeScope, userId: string): Promise<unknown> {
  const [row] = await db
    .select({ value: userSettings.value })
    .from(userSettings)
    .where(and(eq(userSettings.userId, userId), eq(userSettings.key, KEY)));
  return row?.value ?? null;
}

export async function saveAlertSettings(
  db: ScopedDb,
  _scope: PracticeScope,
  userId: string,
  value: { readonly digest: boolean; readonly immediate: boolean; readonly clients: "all" | readonly string[] },
): Promise<void> {
  await db
    .insert(userSettings)
    .values({ userId, key: KEY, value })
    .onConflictDoUpdate({ target: [userSettings.userId, userSettings.key], set: { value: sql`excluded.value` } });
}

/** Of these ids those of clients that the person sees. */
export async function listOwnAmong(db: ScopedDb, _scope: PracticeScope, userId: string, ids: readonly string[]) {
  const found = await db.execute<{ id: string; name: string }>(sql`
    select c.id, c.name from clients c where c.id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))
      and exists (select from users u where u.id = ${userId} and (u.role = 'administrator'
        or exists (select from user_clients uc where uc.user_id = u.id and uc.client_id = c.id)))
    order by c.name, c.id`);
  return found.rows;
}

/** Who wants `what`: nobody's own choice made, staff, advisers and administrators do. `u` and `s` are user and settings. */
const wants = (what: "digest" | "immediate"): SQL =>
  sql`u.disabled_at is null and coalesce((s.value ->> ${sql.raw(`'${what}'`)})::boolean, u.role <> 'client')`;

/** Whether the person sees the client and chose to be told of it. */
const concerns = (
  clientId: SQL,
): SQL => sql`(u.role = 'administrator' or exists (select from user_clients uc where uc.user_id = u.id and uc.client_id = ${clientId}))
  and (s.value is null or s.value -> 'clients' = '"all"'::jsonb or s.value -> 'clients' ? ${clientId}::text)`;

const PEOPLE = sql`users u left join user_settings s on s.user_id = u.id and s.key = 'alerts'`;

export interface Message {
  readonly event: AlertEvent;
  /** Names the event; nobody is told of it twice. */
  readonly eventKey: string;
  readonly clientId: string | null;
  readonly subject: string;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const values = (message: Message): SQL =>
  sql`${message.clientId}::uuid, ${message.event}::text, ${message.eventKey}::text, ${message.subject}::text, ${message.text}::text, ${JSON.stringify(message.body)}::jsonb`;

/** Puts a message about one client out for everybody who wants to be told at once, and for the practice's webhooks. */
export async function queueForClient(db: ScopedDb, _scope: Scope, clientId: string, message: Message): Promise<void> {
  await db.execute(sql`
    insert into alert_outbox (client_id, event, event_key, subject, text, body, channel, target_id)
    select ${values(message)}, 'email', u.id from ${PEOPLE} where ${wants("immediate")} and ${concerns(sql`${clientId}::uuid`)}
    union all
    select ${values(message)}, 'webhook', w.id from alert_webhooks w where w.removed_at is null and w.immediate
    on conflict (event_key, target_id) do nothing`);
}

/** Puts one message out for one recipient. */
export async function queueFor(
  db: ScopedDb,
  _scope: Scope,
  target: { readonly channel: "email" | "webhook"; readonly id: string },
  message: Message,
): Promise<void> {
  await db
    .insert(alertOutbox)
    .values({ ...message, body: { ...message.body }, channel: target.channel, targetId: target.id })
    .onConflictDoNothing({ target: [alertOutbox.eventKey, alertOutbox.targetId] });
}

/** Who gets digests: people by their choice, and webhooks. */
export async function listDigestTargets(db: ScopedDb, _scope: PracticeScope) {
  const found = await db.execute<{ channel: "email" | "webhook"; id: string }>(sql`
    select 'email' as channel, u.id from ${PEOPLE} where ${wants("digest")}
    union all select 'webhook', w.id from alert_webhooks w where w.removed_at is null and w.digest
    order by 1, 2`);
  return found.rows;
}

/**
 * Notes what is open now, under the run's name: the records of each client in Error Feedback by cause.
 * @returns null when this run's digest was made already
 */
export async function openDigest(db: ScopedDb, _scope: PracticeScope, eventKey: string): Promise<string | null> {
  const [made] = await db
    .insert(alertDigests)
    .values({ eventKey })
    .onConflictDoNothing({ target: alertDigests.eventKey })
    .returning({ id: alertDigests.id });
  if (!made) return null;
  // Client by client through the panels' own index: the rows of all the other panels are never read.
  await db.execute(sql`
    insert into alert_digest_problems (digest_id, client_id, code, count)
    select ${made.id}::uuid, c.id, p.code, p.count from clients c cross join lateral (
      select ${CAUSE_CODE} as code, count(*)::int as count
      from postings where client_id = c.id and panel = 'errors' and current group by 1
    ) p`);
  return made.id;
}

interface DigestCause {
  readonly code: string;
  readonly count: number;
  readonly clients: number;
}

export interface DigestOf {
  readonly open: number;
  readonly clients: number;
  readonly causes: readonly DigestCause[];
  /** Causes with fewer records than when the digest before was made. */
  readonly fixed: readonly { readonly code: string; readonly client: string; readonly was: number; readonly now: number }[];
  readonly fixedCount: number;
  /** Records of those causes that somebody ignores since the digest before: out of Error Feedback, and not mended. */
  readonly ignoredCount: number;
  readonly lost: readonly { readonly client: string; readonly slug: string; readonly lostAt: Date }[];
}

/** What one recipient's digest says; a webhook's is about every client. */
export async function readDigest(
  db: ScopedDb,
  _scope: PracticeScope,
  digestId: string,
  target: { readonly channel: "email" | "webhook"; readonly id: string },
  most: number,
): Promise<DigestOf> {
  const theirs =
    target.channel === "webhook"
      ? sql`select id, name, slug from clients`
      : sql`select c.id, c.name, c.slug from ${PEOPLE} cross join clients c where u.id = ${target.id}::uuid and ${concerns(sql`c.id`)}`;
  const causes = await db.execute<{ code: string; count: number; clients: number; open: number; in_clients: number }>(sql`
    with mine as (${theirs}),
    open as (select p.* from alert_digest_problems p join mine on mine.id = p.client_id where p.digest_id = ${digestId}::uuid)
    select code, sum(count)::int as count, count(*)::int as clients, (sum(sum(count)) over ())::int as open,
      (select count(distinct client_id)::int from open) as in_clients
    from open group by code order by 2 desc, 1 limit ${most}`);
  const fixed = await db.execute<{
    code: string;
    client: string;
    was: number;
    now: number;
    ignored: number;
    total: number;
    all_ignored: number;
  }>(sql`
    with mine as (${theirs}),
    before as (select id, at from alert_digests where id <> ${digestId}::uuid and at <= (select at from alert_digests where id = ${digestId}::uuid) order by at desc, id desc limit 1),
    was as (
      select b.code, mine.name as client, b.count as was, coalesce(n.count, 0) as now, (
        select count(*)::int from postings p where p.client_id = b.client_id and p.current and p.panel = 'aside' and p.aside = 'on-hold'
          and p.error_code = b.code and p.changed_at > (select at from before)
      ) as ignored
      from alert_digest_problems b join mine on mine.id = b.client_id
      left join alert_digest_problems n on n.digest_id = ${digestId}::uuid and n.client_id = b.client_id and n.code = b.code
      where b.digest_id = (select id from before) and b.count > coalesce(n.count, 0)
    )
    select code, client, was, now, ignored, (sum(greatest(was - now - ignored, 0)) over ())::int as total, (sum(ignored) over ())::int as all_ignored
    from was order by was - now - ignored desc, client, code limit ${most}`);
  const lost = await db.execute<{ client: string; slug: string; lost_at: string }>(sql`
    select mine.name as client, mine.slug, k.lost_at from connections k join (${theirs}) mine on mine.id = k.client_id
    where k.state = 'lost' order by k.lost_at desc limit ${most}`);
  return {
    open: causes.rows[0]?.open ?? 0,
    clients: causes.rows[0]?.in_clients ?? 0,
    causes: causes.rows.map(({ code, count, clients }) => ({ code, count, clients })),
    // What somebody ignores has left Error Feedback, and is not mended.
    fixed: fixed.rows.flatMap(({ code, client, was, now, ignored }) => (was - now > ignored ? [{ code, client, was, now }] : [])),
    fixedCount: fixed.rows[0]?.total ?? 0,
    ignoredCount: fixed.rows[0]?.all_ignored ?? 0,
    lost: lost.rows.map(({ client, slug, lost_at }) => ({ client, slug, lostAt: new Date(lost_at) })),
  };
}

export interface EndedNight {
  /** Names this end of the night. */
  readonly key: string;
  readonly nightOn: string;
  readonly done: number;
  readonly changed: number;
  readonly failed: number;
  readonly calls: number;
  readonly minutes: number;
}

/** Nights that ended a minute ago or more, and of whose end no digest was made; of yesterday at the earliest. */
export async function listUndigestedNights(db: ScopedDb, _scope: PracticeScope): Promise<EndedNight[]> {
  const found = await db.execute<{
    key: string;
    night_on: string;
    done: number;
    changed: number;
    failed: number;
    calls: string;
    minutes: number;
  }>(sql`
    select n.* from (
      select 'night:' || night_on || ':' || total as key, night_on::text as night_on, done, changed, failed, calls::text as calls,
        greatest(1, round(extract(epoch from ended_at - started_at) / 60))::int as minutes
      from nights where ended_at < app.now() - interval '1 minute' and ended_at > app.now() - interval '1 day' and total > 0
    ) n where not exists (select from alert_digests d where d.event_key = n.key) order by n.night_on`);
  return found.rows.map(({ key, night_on, done, changed, failed, calls, minutes }) => ({
    key,
    nightOn: night_on,
    done,
    changed,
    failed,
    calls: Number(calls),
    minutes,
  }));
}

/** Digests of long ago, and messages that were sent long ago, are forgotten. */
export async function forgetOldAlerts(db: ScopedDb, _scope: PracticeScope): Promise<void> {
  await db.delete(alertDigests).where(lt(alertDigests.at, sql`app.now() - interval '60 days'`));
  await db.delete(alertOutbox).where(lt(alertOutbox.createdAt, sql`app.now() - interval '180 days'`));
}

export interface Outgoing {
  readonly id: string;
  readonly event: AlertEvent;
  readonly channel: "email" | "webhook";
  readonly targetId: string;
  readonly subject: string;
  readonly text: string;
  readonly body: Record<string, unknown>;
  readonly createdAt: Date;
  /** This one among them. */
  readonly tries: number;
}

/**
 * Takes messages that are due for this process: committed before anything is sent, so that two workers never send the same one, and
 * one that died while sending leaves a trace.
 */
export async function claimAlerts(db: ScopedDb, _scope: PracticeScope, most: number, seconds: number): Promise<Outgoing[]> {
  const due = db
    .select({ id: alertOutbox.id })
    .from(alertOutbox)
    .where(
      and(
        isNull(alertOutbox.sentAt),
        isNull(alertOutbox.failedAt),
        isNull(alertOutbox.claimedUntil),
        sql`${alertOutbox.nextTryAt} <= app.now()`,
      ),
    )
    .orderBy(alertOutbox.nextTryAt)
    .limit(most)
    .for("update", { skipLocked: true });
  return db
    .update(alertOutbox)
    .set({ claimedUntil: sql`clock_timestamp() + make_interval(secs => ${seconds})`, tries: sql`${alertOutbox.tries} + 1` })
    .where(inArray(alertOutbox.id, due))
    .returning({
      id: alertOutbox.id,
      event: alertOutbox.event,
      channel: alertOutbox.channel,
      targetId: alertOutbox.targetId,
      subject: alertOutbox.subject,
      text: alertOutbox.text,
      body: alertOutbox.body,
      createdAt: alertOutbox.createdAt,
      tries: alertOutbox.tries,
    });
}

/**
 * Messages whose worker died while it sent them. A webhook is posted again under the same delivery id, by which its receiver knows it; an
 * e-mail has no such thing, so it is not sent again, and says so.
 */
export async function releaseStaleAlerts(db: ScopedDb, _scope: PracticeScope): Promise<void> {
  await db.execute(sql`
    update alert_outbox set claimed_until = null,
      failed_at = case when channel = 'email' then app.now() end,
      fault = case when channel = 'email' then 'The worker stopped while it sent this: it may have arrived, and is not sent again.' else 'The worker stopped while it sent this.' end
    where sent_at is null and failed_at is null and claimed_until < clock_timestamp()`);
}

export type Delivery =
  | { readonly outcome: "sent" }
  | { readonly outcome: "again"; readonly afterSeconds: number; readonly fault: string }
  | { readonly outcome: "failed"; readonly fault: string };

/** What became of a message that this process took. */
export async function noteDelivery(db: ScopedDb, _scope: PracticeScope, id: string, delivery: Delivery): Promise<void> {
  const open = and(eq(alertOutbox.id, id), isNull(alertOutbox.sentAt), isNull(alertOutbox.failedAt));
  switch (delivery.outcome) {
    case "sent":
      await db.update(alertOutbox).set({ sentAt: sql`app.now()`, claimedUntil: null, fault: null }).where(open);
      return;
    case "failed":
      await db.update(alertOutbox).set({ failedAt: sql`app.now()`, claimedUntil: null, fault: delivery.fault }).where(open);
      return;
    case "again":
      await db
        .update(alertOutbox)
        .set({
          nextTryAt: sql`app.now() + make_interval(secs => ${delivery.afterSeconds})`,
          claimedUntil: null,
          fault: delivery.fault,
        })
        .where(open);
  }
}

/** Where an e-mail goes; null when the user is gone or disabled. */
export async function findMailbox(db: ScopedDb, _scope: PracticeScope, userId: string): Promise<string | null> {
  const found = await db.execute<{ email: string }>(sql`select email from users where id = ${userId} and disabled_at is null`);
  return found.rows[0]?.email ?? null;
}

export async function findWebhook(db: ScopedDb, _scope: PracticeScope, id: string) {
  const [row] = await db
    .select()
    .from(alertWebhooks)
    .where(and(eq(alertWebhooks.id, id), isNull(alertWebhooks.removedAt)));
  return row ?? null;
}

export async function insertWebhook(
  db: ScopedDb,
  scope: PracticeScope,
  webhook: Pick<typeof alertWebhooks.$inferInsert, "id" | "name" | "url" | "secretSealed" | "digest" | "immediate">,
): Promise<void> {
  await db.insert(alertWebhooks).values({ ...webhook, createdBy: scope.actor.label });
}

/** Ends a webhook, and what still waits for it; answers its name, or null when there was none. */
export async function removeWebhook(db: ScopedDb, _scope: PracticeScope, id: string): Promise<string | null> {
  const [removed] = await db
    .update(alertWebhooks)
    .set({ removedAt: sql`app.now()` })
    .where(and(eq(alertWebhooks.id, id), isNull(alertWebhooks.removedAt)))
    .returning({ name: alertWebhooks.name });
  if (!removed) return null;
  await db
    .update(alertOutbox)
    .set({ failedAt: sql`app.now()`, fault: "The webhook was removed." })
    .where(and(eq(alertOutbox.targetId, id), isNull(alertOutbox.sentAt), isNull(alertOutbox.failedAt)));
  return removed.name;
}

export async function listWebhooks(db: ScopedDb, _scope: PracticeScope) {
  return db
    .select({
      id: alertWebhooks.id,
      name: alertWebhooks.name,
      url: alertWebhooks.url,
      digest: alertWebhooks.digest,
      immediate: alertWebhooks.immediate,
      createdAt: alertWebhooks.createdAt,
      createdBy: alertWebhooks.createdBy,
    })
    .from(alertWebhooks)
    .where(isNull(alertWebhooks.removedAt))
    .orderBy(alertWebhooks.name, alertWebhooks.id);
}

/** The latest messages to these recipients, and how each went. */
export async function listDeliveries(db: ScopedDb, _scope: PracticeScope, targetIds: readonly string[], most: number) {
  if (targetIds.length === 0) return [];
  return db
    .select({
      id: alertOutbox.id,
      targetId: alertOutbox.targetId,
      channel: alertOutbox.channel,
      event: alertOutbox.event,
      subject: alertOutbox.subject,
      createdAt: alertOutbox.createdAt,
      tries: alertOutbox.tries,
      nextTryAt: alertOutbox.nextTryAt,
      sentAt: alertOutbox.sentAt,
      failedAt: alertOutbox.failedAt,
      fault: alertOutbox.fault,
    })
    .from(alertOutbox)
    .where(inArray(alertOutbox.targetId, [...targetIds]))
    .orderBy(desc(alertOutbox.createdAt), desc(alertOutbox.id))
    .limit(most);
}

/** Webhooks that hold a secret under another key than the current one, locked; to be encrypted anew. */
export async function lockStaleWebhooks(db: ScopedDb, _scope: PracticeScope, prefix: string, most: number) {
  return db
    .select({ id: alertWebhooks.id, secretSealed: alertWebhooks.secretSealed })
    .from(alertWebhooks)
    .where(and(isNull(alertWebhooks.removedAt), sql`not starts_with(${alertWebhooks.secretSealed}, ${prefix})`))
    .orderBy(alertWebhooks.id)
    .limit(most)
    .for("update");
}

export async function saveWebhookSecret(db: ScopedDb, _scope: PracticeScope, id: string, secretSealed: string): Promise<void> {
  await db.update(alertWebhooks).set({ secretSealed }).where(eq(alertWebhooks.id, id));
}
