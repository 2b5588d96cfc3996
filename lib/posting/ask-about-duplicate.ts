import type { ScopedDb } from "#db/client.ts";
import { contactNames } from "#db/queries/links/follow-contacts.ts";
import { ask } from "#db/queries/links/matching.ts";
import type { UnknownPosting } from "#db/queries/postings/outcomes.ts";
import type { OutgoingDocument, SeenDocument } from "#lib/common/records.ts";
import type { Sighting } from "#lib/connectors/types.ts";
import { findDifferences, type Names } from "./compare.ts";
import { pairOf, withContacts } from "./follow-contacts.ts";
import { asItStands, isDraft } from "./link-by-id.ts";
import { carriesOther, type ReadBack } from "./settle-facts.ts";
import type { PostingWorld } from "./world.ts";

/** A document that stands in the package under the number for which ours was refused. */
export interface Duplicate {
  readonly posting: UnknownPosting;
  readonly sent: OutgoingDocument;
  readonly there: Sighting & { readonly seen: SeenDocument };
}

/** The document that a refused number stands on, where it is one and none of ours. */
export function duplicateOf({ posting, sent, sightings }: ReadBack): Duplicate | null {
  const [only, ...others] = sightings;
  if (posting.errorCode !== "source.duplicate-number" || !("dueOn" in sent)) return null;
  if (!only || others.length > 0) return null;
  if (only.seen.family !== "document" || carriesOther(sent, only.seen)) return null;
  return { posting, sent, there: { ...only, seen: only.seen } };
}

/**
 * A person is asked whether the document that was typed in there is ours: both stand on Matches, with
 * what differs.
 */
export async function askAboutDuplicate(
  db: ScopedDb,
  world: PostingWorld,
  { posting, sent, there: { externalId, seen } }: Duplicate,
  names: Names,
): Promise<void> {
  const { connection, scope } = world;
  const named = await withContacts(db, connection.id, names, [pairOf(sent, seen)]);
  const differences = findDifferences(asItStands(sent, seen), seen, named);
  const contact = seen.contactExternalId;
  const [company] = contact ? (await contactNames(db, connection.id, [contact])).values() : [];
  await ask(db, scope, connection.id, {
    recordId: posting.recordId,
    kind: posting.kind,
    reference: sent.reference,
    why: "differs",
    candidates: [
      {
        externalId,
        number: seen.number,
        company: company?.name ?? "",
        issuedOn: seen.issuedOn,
        currency: seen.currency,
        gross: seen.grossMinor.toString(),
        due: (seen.dueMinor ?? seen.grossMinor).toString(),
        status: seen.status === "paid" ? "paid" : isDraft(seen) ? "draft" : "open",
        contactExternalId: contact,
        differences,
      },
    ],
  });
}
