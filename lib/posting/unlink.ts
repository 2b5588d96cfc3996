import type { ClientScope, ScopedDb } from "#db/client.ts";
import { endLink, holdUnlinked, listCreatable, lockParty, saveCreate } from "#db/queries/link-choices.ts";
import { audit } from "#lib/audit.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { judgePostings } from "./precheck.ts";
import { questionHash } from "./question-hash.ts";
import { releaseMended } from "./release.ts";
import { retry } from "./retry.ts";
import { type PostingSelection, selectionWhere } from "./selection.ts";
import { isOnItsWay } from "./states.ts";

export interface LinkCleared {
  readonly reference: string;
  readonly externalId: string;
  /** Queued rows that were taken back to Error Feedback by it. */
  readonly held: number;
}

/**
 * Clears the link of a customer, supplier or product: nothing in the package changes. From then on nothing that names it is sent, until
 * it is linked again or somebody has it created (M67, M68, M69).
 * @throws {Refusal} where it is linked to nothing, or on its way
 */
export async function clearLink(db: ScopedDb, scope: ClientScope, postingId: string): Promise<LinkCleared> {
  const party = await lockParty(db, scope, postingId);
  if (!party) throw new Refusal("Only the link of a customer, supplier or product can be cleared.");
  const name = `${KIND_LABELS[party.kind]} ${party.reference}`;
  if (party.externalId === null) throw new Refusal(`${name} is not linked.`);
  if (party.chosen || isOnItsWay(party.state)) {
    throw new Refusal(`${name} is being sent. Withdraw it first, or wait for the result.`);
  }
  await endLink(db, scope, party);
  await judgePostings(db, scope, "open");
  const held = await holdUnlinked(db, scope);
  // What stands in Error Feedback shows the present cause.
  await releaseMended(db, scope);
  await audit(db, scope, {
    action: "posting.unlinked",
    subject: party.reference,
    detail: { postingId, externalId: party.externalId },
  });
  return { reference: party.reference, externalId: party.externalId, held };
}

/** What "Create in the package" would make, shown before it does. */
export interface CreateQuestion {
  readonly hash: string;
  readonly count: number;
  /** The first of them. */
  readonly names: readonly string[];
}

/** As many as one answer creates. */
const MOST_CREATED = 1_000;
const MOST_NAMED = 20;

/**
 * Has customers, suppliers and products created whose link was cleared or is in another organisation: those of the chosen rows. The first
 * call names them and does nothing; the second says which were named. They are sent in a run of their own, and what waits for them goes
 * as after any mended cause.
 * @throws {Refusal} where there is none, or more than a person can look over
 */
export async function createThere(
  db: ScopedDb,
  scope: ClientScope,
  selection: PostingSelection,
  hash: string | null,
): Promise<{ readonly asks: CreateQuestion } | { readonly created: number; readonly number: number }> {
  const found = await listCreatable(db, scope, selectionWhere(selection, scope), MOST_CREATED + 1);
  if (found.length === 0) {
    throw new Refusal(
      "None of these rows waits for a customer, supplier or product whose link was cleared, or is in another organisation.",
    );
  }
  if (found.length > MOST_CREATED) throw new Refusal(`These are more than ${MOST_CREATED}. Choose fewer.`);
  const question: CreateQuestion = {
    hash: questionHash(found.map((one) => one.id).sort()),
    count: found.length,
    names: found.slice(0, MOST_NAMED).map((one) => one.name),
  };
  if (hash !== question.hash) return { asks: question };
  await saveCreate(db, scope, found);
  const run = await retry(db, scope, { ids: found.map((one) => one.id) });
  await judgePostings(db, scope, "open");
  return { created: found.length, number: run.number };
}
