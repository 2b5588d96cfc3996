import type { ScopedDb } from "#db/client.ts";
import { type Integration, lockIntegration, saveGap, saveIntegration, saveOptions } from "#db/queries/connections/integration.ts";
import { forgetOffered } from "#db/queries/links/make-offers.ts";
import { type Schedule, saveSchedule } from "#db/queries/nights/nights.ts";
import { hasOpenConversation } from "#db/queries/postings/conversations.ts";
import type { WorkingProfile } from "#db/schema/clients.ts";
import { isPlainDate } from "#lib/common/dates.ts";
import { RECORD_KINDS, type RecordKind } from "#lib/common/records.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { isPackage } from "#lib/connectors/cards.ts";
import { faultInOptions } from "#lib/connectors/options.ts";
import { connectorFor } from "#lib/connectors/registry.ts";
import type { ConnectionOptions, OptionsShape, PackageId } from "#lib/connectors/types.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { settleWithheld } from "#lib/pending/withheld.ts";
import { wakeConnection } from "#lib/queue/queue.ts";
import { timeZones } from "./new-client.ts";
import { PROFILE_CARDS, type SyncOptions } from "./profiles.ts";

async function locked(db: ScopedDb, scope: ClientScope): Promise<Integration> {
  const integration = await lockIntegration(db, scope);
  if (!integration) throw new Refusal("Connect the accounting package first.");
  return integration;
}

/**
 * Switches the integration. Off: nobody calls the package from the next look on, and every row keeps its state; on: what waits goes on.
 * @throws {Refusal} without a connection, and where it stands so already
 */
export async function setModule(db: ScopedDb, scope: ClientScope, on: boolean): Promise<void> {
  const integration = await locked(db, scope);
  if (integration.moduleOn === on) throw new Refusal(on ? "Integration is already on." : "Integration is already off.");
  await saveIntegration(db, scope, integration.connectionId, { moduleOn: on });
  if (on) await wakeConnection(db, integration.connectionId, { staff: true });
}

/**
 * Sets the options one by one, from the next record on; what was sent stays as it is.
 * @throws {Refusal} without a connection
 */
export async function setSyncOptions(db: ScopedDb, scope: ClientScope, options: Partial<SyncOptions>): Promise<void> {
  const integration = await locked(db, scope);
  await saveIntegration(db, scope, integration.connectionId, { settings: options });
  await askAnew(db, scope, integration.connectionId, options);
}

/** From now on what is new is asked about: a time slice holds all that was not sent against the package's list again, before it sends anything. */
async function askAnew(db: ScopedDb, scope: ClientScope, connectionId: string, options: Partial<SyncOptions>): Promise<void> {
  if (options.createUnasked !== false) return;
  await forgetOffered(db, scope, connectionId);
  await wakeConnection(db, connectionId, { staff: true });
}

/**
 * Chooses a working profile: every option is set as it says, whatever was set before, but for those that the person keeps or sets otherwise.
 * @throws {Refusal} without a connection, and for a profile that this version does not have
 */
export async function setProfile(
  db: ScopedDb,
  scope: ClientScope,
  profile: WorkingProfile,
  otherwise: Partial<SyncOptions> = {},
): Promise<void> {
  const card = PROFILE_CARDS.find((one) => one.id === profile);
  if (!card?.options) throw new Refusal(card?.missing ?? "There is no such profile.", { field: "profile" });
  const integration = await locked(db, scope);
  await saveIntegration(db, scope, integration.connectionId, { settings: { ...card.options, ...otherwise, profile } });
  await askAnew(db, scope, integration.connectionId, otherwise);
}

export interface EntitiesSet {
  /** Taken in: what was made meanwhile stands in Pending Export now. */
  readonly back: number;
  /** Held for the switch before, and queued again by itself. */
  readonly released: number;
  /** Left out: no longer in Pending Export. */
  readonly out: number;
  /** Left out: queued before, and held now. */
  readonly held: number;
}

/**
 * Chooses the kinds of record that sync. What is made of the others is counted, and stands in Pending Export again when its kind is
 * ticked; what was queued of them waits in Error Feedback.
 * @throws {Refusal} without a connection
 */
export async function setEntities(db: ScopedDb, scope: ClientScope, kinds: readonly RecordKind[]): Promise<EntitiesSet> {
  const integration = await locked(db, scope);
  const entitiesOn = RECORD_KINDS.filter((kind) => kinds.includes(kind));
  await saveIntegration(db, scope, integration.connectionId, { entitiesOn });
  const moves = await settleWithheld(db, scope);
  // What was held for the switch goes by itself, and documents are judged by their customers and products again.
  const { released } = await releaseMended(db, scope);
  return { back: moves.back, released, out: moves.out, held: moves.held };
}

/**
 * Sets the date from which documents, payments and journals sync; null for all of them.
 * @throws {Refusal} without a connection, and for a date that is none
 */
export async function setStartOn(
  db: ScopedDb,
  scope: ClientScope,
  startOn: string | null,
): Promise<{ out: number; back: number }> {
  if (startOn !== null && !isPlainDate(startOn)) throw new Refusal("This is not a date.", { field: "startOn" });
  const integration = await locked(db, scope);
  await saveIntegration(db, scope, integration.connectionId, { startOn, settings: { startChosen: true } });
  const { out, back } = await settleWithheld(db, scope);
  return { out, back };
}

/**
 * Sets the hour of the nightly run and the zone it counts in (null: the client's own), or switches it off.
 * @returns when it comes next, on the one clock; null where it is off
 * @throws {Refusal} without a connection, and for a zone that is none
 */
export async function setSchedule(db: ScopedDb, scope: ClientScope, schedule: Schedule): Promise<{ nextAt: Date | null }> {
  if (schedule.zone !== null && !timeZones().includes(schedule.zone))
    throw new Refusal("Choose a time zone from the list.", { field: "zone" });
  await locked(db, scope);
  return { nextAt: (await saveSchedule(db, scope, schedule)) ?? null };
}

/** The longest gap that may be set, in ms: a person still waits for a call. */
export const MOST_GAP_MS = 10_000;

/**
 * Sets the least time between two calls of this connection, in ms; null leaves it to the package's own.
 * @throws {Refusal} without a connection
 */
export async function setGap(db: ScopedDb, scope: ClientScope, gapMs: number | null): Promise<void> {
  const integration = await locked(db, scope);
  await saveGap(db, scope, integration.connectionId, gapMs);
}

/**
 * Sets what the connector wants to know of the client's books. It holds from the next call on.
 * @throws {Refusal} without a connection, where the package has no options, and for a value that it does not take
 */
export async function setOptions(
  db: ScopedDb,
  scope: ClientScope,
  given: ConnectionOptions,
  optionsFor: (packageId: PackageId) => OptionsShape | undefined = (packageId) => connectorFor(packageId).options,
): Promise<void> {
  const integration = await locked(db, scope);
  const options = isPackage(integration.package) ? optionsFor(integration.package) : undefined;
  if (!options) throw new Refusal("This package has nothing to set here.");
  const fault = faultInOptions(options, given);
  if (fault) throw new Refusal(fault.message, { field: fault.field });
  // The steps to come follow from what the first was asked with.
  if (await hasOpenConversation(db, integration.connectionId))
    throw new Refusal("A record is half sent with the present options. Save these once it is finished or has stopped for good.");
  await saveOptions(db, scope, integration.connectionId, given);
}
