/** One safety rule, taken out of the code by a change of its text, and the test that must then fail. */
export interface SeededBug {
  /** The rule, as docs/safety-rules.md names it. */
  readonly rule: string;
  readonly file: string;
  /** Text that stands once in the file, and what stands there when the rule is out. */
  readonly takes: string;
  readonly puts: string;
  readonly test: string;
  /** Stands in the test's name. */
  readonly name: string;
}

const SAFETY = "lib/posting/safety.db.test.ts";
const ENGINE = "lib/posting/engine.db.test.ts";
const CHANGE = "lib/posting/change.db.test.ts";
const COMPARE = "lib/posting/compare.test.ts";
const ALERTS = "lib/alerts/alerts.db.test.ts";
const DRIFT = "lib/posting/drift.db.test.ts";
const MEMBERS = "lib/posting/members.db.test.ts";
const MATCH = "lib/posting/match.db.test.ts";
const OFFERS = "lib/posting/link-offers.db.test.ts";
const REISSUE = "lib/posting/reissue.db.test.ts";
const NIGHT = "lib/night/night.db.test.ts";
const TAX = "lib/posting/tax.db.test.ts";
const AGAIN = "lib/posting/numbers-again.db.test.ts";
const PUSH = "lib/connectors/xero/push.test.ts";

/** One field of the tick's comparison, no longer compared. */
const fieldOf = (field: string, takes: string, puts = ""): SeededBug => ({
  rule: `The tick compares: ${field}`,
  file: "lib/posting/compare.ts",
  takes,
  puts,
  test: COMPARE,
  name: field === "Split" ? "L1 finds a split over another account" : `L1 finds a different ${field}`,
});

export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    rule: "The intent is committed before the call",
    file: "lib/posting/send.ts",
    takes: `    const prepared = await world.inScope((db) => prepare(db, world, kinds, token, which, there));
    if (prepared === "all-held") return true;
    if (prepared === null) return false;
    edge("P4");
    await sendPrepared(world, prepared, token, leave);
    seen.sent += prepared.carried.length;
    return true;`,
    puts: `    return world.inScope(async (db) => {
      const prepared = await prepare(db, world, kinds, token, which, there);
      if (prepared === "all-held") return true;
      if (prepared === null) return false;
      edge("P4");
      await sendPrepared(world, prepared, token, leave);
      seen.sent += prepared.carried.length;
      return true;
    });`,
    test: SAFETY,
    name: "P4 the intent is committed",
  },
  {
    rule: "The intent is behind the fence",
    file: "db/queries/outcomes.ts",
    takes: "  await requireLease(db, intent.connectionId, intent.fence);\n",
    puts: "",
    test: ENGINE,
    name: "K03 an older holder of the lease",
  },
  {
    rule: "The outcome is behind the fence",
    file: "db/queries/outcomes.ts",
    takes: `  await requireLease(db, context.connectionId, context.fence);
  const linked`,
    puts: "  const linked",
    test: SAFETY,
    name: "K03 the outcome is behind the fence",
  },
  {
    rule: "The answer on which an outcome rests is behind the fence",
    file: "db/queries/outcomes.ts",
    takes: " or status is null)`);",
    puts: " or true)`);",
    test: SAFETY,
    name: "K03 the answer on which a tick rests",
  },
  {
    rule: "The lease is looked at just before sending",
    file: "lib/posting/send.ts",
    takes: `  if (!world.leaseIsFresh()) return { sent: false, why: "The lease was about to end" };\n`,
    puts: "",
    test: SAFETY,
    name: "P5 with less than half of the lease",
  },
  {
    rule: "The deadline is looked at just before sending",
    file: "lib/posting/call.ts",
    takes: `  const timeoutMs = realMs(options.deadlineAt.getTime() - now().getTime());
  if (timeoutMs <= 0) return { sent: false, why: "The deadline passed before sending" };`,
    puts: "  const timeoutMs = 30_000;",
    test: SAFETY,
    name: "P5 after its deadline",
  },
  {
    rule: "What is linked is never made again",
    file: "db/queries/outgoing.ts",
    takes: "sql`not`}",
    puts: "sql`not null is not distinct from`}",
    test: SAFETY,
    name: "N3 what is linked",
  },
  {
    rule: "A customer that waits for an answer is not sent",
    file: "db/queries/outgoing.ts",
    takes: "'product', 'journal') and not ${isAsked(connectionId)})`]",
    puts: "'product', 'journal'))`]",
    test: OFFERS,
    name: "FB1 a customer that waits for an answer is not sent",
  },
  {
    rule: "Nothing is bound by its name alone without a person",
    file: "lib/posting/link-offers.ts",
    takes: "    moved += await world.inScope((db) => makeOffers(db, scope, connection.id, family));",
    puts: `    moved += await world.inScope(async (db) => {
      const made = await makeOffers(db, scope, connection.id, family);
      const { linkOffered, listOffers } = await import("#db/queries/link-offers.ts");
      const sure = await listOffers(db, scope, "sure", 100);
      await linkOffered(db, scope, sure.map((one) => ({ offerId: one.id, externalId: one.candidates[0]?.externalId ?? "", entity: "" as const })));
      return made;
    });`,
    test: OFFERS,
    name: "FB1 nothing is bound by its name",
  },
  {
    rule: "What is marked as exported is never queued",
    file: "db/queries/run-members.ts",
    takes: "sql`(postings.state = 'pending' and postings.aside is null${",
    puts: "sql`(postings.state in ('pending', 'skipped') and postings.aside is null${",
    test: ENGINE,
    name: "M55 a row marked as exported",
  },
  {
    rule: "A later revision takes over the mark",
    file: "db/queries/posting-rows.ts",
    takes: "case when w.old_state = 'skipped' then 'skipped' else 'pending' end, w.reference",
    puts: "'pending', w.reference",
    test: ENGINE,
    name: "M55 a row marked as exported",
  },
  {
    rule: "A refusal after an unclear attempt is unknown",
    file: "lib/posting/outcome.ts",
    takes: "      if (one.posting.maybeSent) {",
    puts: "      if (one.posting.maybeSent && one.posting.tries < 0) {",
    test: SAFETY,
    name: "N11 a refusal after an unclear attempt",
  },
  {
    rule: "A duplicate number may be our own earlier attempt",
    file: "lib/posting/outcome.ts",
    takes: `["source.duplicate-number", "mapping.entity-unlinked"]`,
    puts: "[]",
    test: SAFETY,
    name: "D07 what we sent and no longer know of",
  },
  {
    rule: "After a restore, what was on its way is waited for where numbers may stand twice",
    file: "lib/posting/match.ts",
    takes: "  if (first) return",
    puts: "  if (first || seenAt) return",
    test: SAFETY,
    name: "D07 in another life of the data, what the package takes twice",
  },
  {
    rule: "After a restore, money that was sent already is asked for before it goes",
    file: "lib/posting/work.ts",
    takes: `sendNextBatch(world, kinds, seen, "new", lookFirst(forgottenBefore))`,
    puts: "sendNextBatch(world, kinds, seen)",
    test: "lib/posting/payments.db.test.ts",
    name: "D07 a payment that was sent already",
  },
  {
    rule: "What may have been sent is held against what the package holds before it goes again",
    file: "db/queries/matching.ts",
    takes: "and q.state in ('pending', 'held', 'queued') and (q.state <> 'pending' or q.aside is null)",
    puts: "and q.state in ('pending', 'held', 'queued') and not q.maybe_sent and (q.state <> 'pending' or q.aside is null)",
    test: "lib/posting/aside.db.test.ts",
    name: "N6 ignored, taken back and uploaded again",
  },
  {
    rule: "A link ends when the package's record is known to be gone",
    file: "db/queries/posting-moves.ts",
    takes: "delete from external_refs where client_id = ${scope.clientId} and family = 'product'\n",
    puts: "delete from external_refs where client_id = ${scope.clientId} and family = 'none'\n",
    test: ENGINE,
    name: "M58 FD1 a removed stock item",
  },
  {
    rule: "A link that our own step ends is kept in the log",
    file: "db/queries/posting-moves.ts",
    takes: "select client_id, connection_id, ${scope.actor.label}, 'sent-again', kind, record_id, id, reference, party,",
    puts: "select client_id, connection_id, ${scope.actor.label}, 'edited', kind, record_id, id, reference, party,",
    test: ENGINE,
    name: "M58 FD1 a removed stock item",
  },
  {
    rule: "The generation is raised by a refusal",
    file: "db/queries/run-members.ts",
    takes: "generation = case when state in ('rejected', 'dead') then generation + 1 else generation end,",
    puts: "generation = generation,",
    test: SAFETY,
    name: "N2 a refusal is kept under its key",
  },
  {
    rule: "The generation is raised by nothing else",
    file: "db/queries/outcomes.ts",
    takes: "generation = p.generation + case when r.again then 1 else 0 end,",
    puts: "generation = p.generation + case when r.state = 'queued' then 1 else 0 end,",
    test: SAFETY,
    name: "N7 what did not leave",
  },
  {
    rule: "A retry's wait grows with the tries",
    file: "db/queries/outcomes.ts",
    takes: "tries = case when r.state = 'queued' and r.transient then p.tries + 1",
    puts: "tries = case when r.state = 'queued' and r.transient then p.tries",
    test: SAFETY,
    name: "N7 what did not leave",
  },
  {
    rule: "Answers are matched by reference, not position",
    file: "lib/connectors/xero/push.ts",
    takes: `const named = (elements.get(referenceOf(record).trim()) ?? []).filter((element) => fits(element, record));`,
    puts: `const named = list(body, name).slice(sent.indexOf(record), sent.indexOf(record) + 1);`,
    test: PUSH,
    name: "P13 matches by our own number",
  },
  {
    rule: "An element that is missing in the answer is unknown",
    file: "lib/connectors/xero/push.ts",
    takes: `    if (!element) return { status: "unknown", why: "missing-in-answer" };`,
    puts: `    if (!element) return { status: "refused", error: new SyncError("package.refused") };`,
    test: PUSH,
    name: "P12 calls a record unknown",
  },
  {
    rule: "An answer that cannot be read is unknown",
    file: "lib/connectors/xero/errors.ts",
    takes: `return bodyOf(answer) ? null : { what: "unclear", why: "unparsable" };`,
    puts: `return bodyOf(answer) ? null : { what: "refused", error: errorOf([], null) };`,
    test: ENGINE,
    name: "N2 N3 L4 N13 on the invoice call",
  },
  {
    rule: "A server error on a write is unknown",
    file: "lib/connectors/xero/errors.ts",
    takes: `  return { what: "unclear", why: status >= 500 ? "server-error" : "not-definite" };`,
    puts: `  return { what: "refused", error: errorOf([], null, detailOf(answer)) };`,
    test: ENGINE,
    name: "N2 N3 L4 P06 on the invoice call",
  },
  {
    rule: "Unknown is not sent again before the package can be done with it",
    file: "lib/posting/settle.ts",
    takes: `  if (now().getTime() < settledAt) return { until: new Date(settledAt), absent: false };
  // Seen to be refused`,
    puts: "  // Seen to be refused",
    test: SAFETY,
    name: "N10 what is unclear",
  },
  {
    rule: "Where numbers may stand twice, an absence counts at the second look",
    file: "lib/posting/settle.ts",
    takes: "!world.connector.can.uniqueNumbers.includes(posting.kind) || isLarge(sent)",
    puts: "isLarge(sent)",
    test: SAFETY,
    name: "P14 where numbers may stand twice",
  },
  {
    rule: "A large document is not sent again on one absence",
    file: "lib/posting/settle.ts",
    takes: "!world.connector.can.uniqueNumbers.includes(posting.kind) || isLarge(sent)",
    puts: "!world.connector.can.uniqueNumbers.includes(posting.kind)",
    test: SAFETY,
    name: "P14 a document of ten thousand",
  },
  {
    rule: "A call is sent again only under the token it was first sent with",
    file: "lib/posting/settle.ts",
    takes: "if (!found || found.tokenVersion !== token.version) return null;",
    puts: "if (!found) return null;",
    test: SAFETY,
    name: "P10 under another token",
  },
  {
    rule: "Two matches are a conflict",
    file: "lib/posting/settle.ts",
    takes: "  if (match && candidates.length === 1) {",
    puts: "  if (match) {",
    test: "lib/posting/link-by-id.db.test.ts",
    name: "N25 the way out of a conflict",
  },
  {
    rule: "What is paid there is not changed",
    file: "lib/posting/change.ts",
    takes: "  if (settled !== 0n) return",
    puts: "  if (settled < 0n) return",
    test: CHANGE,
    name: "N41 paid there: refused before anything is sent",
  },
  {
    rule: "A change leaves the status as it is there",
    file: "lib/connectors/xero/map.ts",
    takes: `  if (before?.status === "submitted") return "SUBMITTED";\n`,
    puts: "",
    test: PUSH,
    name: "is one POST that names each by its id",
  },
  {
    rule: "A draft is never green",
    file: "lib/posting/confirm.ts",
    takes: `(sighting.seen.status === "draft" || sighting.seen.status === "submitted")`,
    puts: `sighting.seen.status === "other"`,
    test: ENGINE,
    name: "a draft is shown as held as draft",
  },
  {
    rule: "A change without an id never goes",
    file: "lib/connectors/xero/push.ts",
    takes: "record.held !== undefined && !GUID.test(record.held.externalId)",
    puts: "record.held === null",
    test: PUSH,
    name: "never goes without an id",
  },
  {
    rule: "An unclear change is not sent again while it may still come through",
    file: "lib/posting/settle.ts",
    takes: "if ((untouched || !there) && now().getTime() < settledAt)",
    puts: "if (!there && now().getTime() < settledAt)",
    test: CHANGE,
    name: "N41 L4 P05, it was not done",
  },
  {
    rule: "An unclear change over something else is for a person",
    file: "lib/posting/settle.ts",
    takes: `  if (untouched) return { ...base, to: "queued"`,
    puts: `  if (there) return { ...base, to: "queued"`,
    test: CHANGE,
    name: "N41 neither the change nor what stood before",
  },
  {
    rule: "What is void is never made",
    file: "db/queries/outgoing.ts",
    takes: `const voided = head.status === "void";`,
    puts: "const voided = head.status === head.number;",
    test: SAFETY,
    name: "N41 what is void and was never sent is not made",
  },
  fieldOf("Kind", '  differs("Kind", sent.kind, seen.kind);\n'),
  fieldOf("Number", '  differs("Number", sent.number, seen.number);\n'),
  fieldOf("Contact", "    sent.contactExternalId !== seen.contactExternalId &&\n", "    sent.contactExternalId === null &&\n"),
  fieldOf("Date", '  differs("Date", sent.issuedOn, seen.issuedOn);\n'),
  fieldOf("Due date", 'differs("Due date", sent.dueOn, seen.dueOn);', "seen.dueOn;"),
  fieldOf("Currency", '  differs("Currency", sent.currency, seen.currency);\n'),
  fieldOf("Status", "    if (!approved) found.push", "    if (approved) found.push"),
  fieldOf("Net", '      ["Net", sent.netMinor, seen.netMinor],\n'),
  fieldOf("Tax", '      ["Tax", sent.taxMinor, seen.taxMinor],\n'),
  fieldOf("Gross", '      ["Gross", sent.grossMinor, seen.grossMinor],\n'),
  fieldOf("Split", "    found.push(...splitDifferences(sent, seen, names));\n"),
  {
    rule: "An alert is claimed before it is sent",
    file: "db/queries/alerts.ts",
    takes: "        isNull(alertOutbox.claimedUntil),\n",
    puts: "",
    test: ALERTS,
    name: "N31 is told at once to those who see the client",
  },
  {
    rule: "A webhook is posted to public addresses alone",
    file: "lib/alerts/webhook.ts",
    takes: "...(allowPrivate ? {} : { lookup: publicLookup }),",
    puts: "...(allowPrivate ? { lookup: publicLookup } : {}),",
    test: ALERTS,
    name: "N31 is looked at again when it is posted to",
  },
  {
    rule: "What was handed over and acknowledged is not handed over again",
    file: "db/queries/handover.ts",
    takes: "  where l.data is distinct from s.data\n",
    puts: "",
    test: "lib/handover/handover.db.test.ts",
    name: "D8 is the same however often it is taken",
  },
  {
    rule: "Figures are given to who knows the token",
    file: "lib/watching/server.ts",
    takes: "if (!bears(request.headers.authorization, options.token)) {",
    puts: 'if (!bears("Bearer ".concat(options.token), options.token)) {',
    test: "lib/watching/watching.db.test.ts",
    name: "are given to who knows the token",
  },
  {
    rule: "Three tries in a row, and no fourth",
    file: "lib/posting/call.ts",
    takes: `{ failed: "transient.not-sent", counts: true }`,
    puts: `{ failed: "transient.not-sent", counts: false }`,
    test: SAFETY,
    name: "N8 three tries in a row",
  },
  {
    rule: "A 429 over the app is obeyed by every connection",
    file: "lib/posting/call.ts",
    takes: `      fault.limit === "app"
        ? blockApp(`,
    puts: `      fault.limit === "day"
        ? blockApp(`,
    test: SAFETY,
    name: "P04 a 429 over the whole app",
  },
  {
    rule: "The app's pace leaves room for its burst and for leave under way",
    file: "lib/jobs/leave-desk.ts",
    takes: "((perMinute - burst) * 60_000) / (60_000 + margin)",
    puts: "perMinute",
    test: "lib/jobs/limits.db.test.ts",
    name: "a pace for",
  },
  {
    rule: "What the package changed after its tick loses the tick",
    file: "lib/posting/drift.ts",
    takes: `const to = differences.length > 0 ? "drifted" : "confirmed";`,
    puts: `const to = differences.length > 99 ? "drifted" : "confirmed";`,
    test: DRIFT,
    name: "N12 an invoice edited in the package",
  },
  {
    rule: "Credit notes changed in the package are read",
    file: "lib/pulling/due.ts",
    takes: "credits: credits !== null && (asked || isOld(credits.asOf)),",
    puts: "credits: credits === undefined,",
    test: DRIFT,
    name: "N12 a credit note edited in the package",
  },
  {
    rule: "What was voided there goes again as a new record alone",
    file: "lib/posting/decide-drift.ts",
    takes: "const ended = rows.filter((row) => isEndedThere(row.differences)).map((row) => row.id);",
    puts: "const ended: string[] = [];",
    test: DRIFT,
    name: "P17 what was voided there",
  },
  {
    rule: "What the package holds already is looked for before anything goes",
    file: "lib/posting/work.ts",
    takes: "const before = await matchBeforeSending(world, goOn);",
    puts: "const before: BeforeSending | null = { notYet: [], forgottenBefore: null };",
    test: MATCH,
    name: "N10 fifty of our invoices there",
  },
  {
    rule: "The same supplier's bill of one number is found",
    file: "db/queries/matching.ts",
    takes: "then t.contact_external_id in (party.external_id, merged.merged_into)",
    puts: "then t.contact_external_id = merged.merged_into",
    test: MATCH,
    name: "N9 a bill that somebody typed in meanwhile",
  },
  {
    rule: "A lock covers its own day",
    file: "lib/posting/lock-policy.ts",
    takes: `document.issuedOn > lockDate) return { what: "open" };`,
    puts: `document.issuedOn >= lockDate) return { what: "open" };`,
    test: "lib/posting/lock-policy.test.ts",
    name: "N14 L6 a lock covers its own day",
  },
  {
    rule: "Nothing is re-dated that no adviser set",
    file: "lib/posting/lock-policy.ts",
    takes: `policies[document.kind] ?? "hold";`,
    puts: `policies[document.kind] ?? "redate";`,
    test: "lib/posting/lock-policy.test.ts",
    name: "L6 holds by default",
  },
  {
    rule: "A re-date holds for the day that was agreed to",
    file: "lib/posting/lock-policy.ts",
    takes: `choice.to !== firstOpen) return`,
    puts: `choice.to === "") return`,
    test: "lib/posting/choose-lock.db.test.ts",
    name: "FD14 a re-date holds for the day that was agreed to",
  },
  {
    rule: "What somebody unlinked is not made anew in silence",
    file: "db/queries/checks.ts",
    takes: ".choice = 'cleared'`",
    puts: ".choice = 'never'`",
    test: "lib/posting/unlink.db.test.ts",
    name: "nothing in the package changes, and no upload or retry makes it anew",
  },
  {
    rule: "A credit note is over what was sent",
    file: "lib/posting/reissue.ts",
    takes: "revision: row.sentRevision,",
    puts: "revision: row.revision,",
    test: REISSUE,
    name: "N41 paid: refused",
  },
  {
    rule: "What was reissued is never sent under its old number",
    file: "lib/posting/reissue.ts",
    takes: "  await moveToMarked(db, scope, selectionWhere({ ids: [row.postingId] }, scope), said);\n",
    puts: "",
    test: REISSUE,
    name: "N41 paid: refused",
  },
  {
    rule: "What a night found changed gets its look",
    file: "db/queries/sync-work.ts",
    takes: "l.last_sync_at < app.now() - interval '1 minute'",
    puts: "l.last_sync_at > app.now()",
    test: NIGHT,
    name: "exactly what changed is sent",
  },
  {
    rule: "What a read shows as open is held against ours",
    file: "db/queries/package-documents.ts",
    takes: "update documents d set settled_minor = s.settled, there_minor = s.there\n",
    puts: "update documents d set settled_minor = s.settled\n",
    test: "lib/pulling/open-amounts.db.test.ts",
    name: "FB4 N43 a payment whose date no list read shows",
  },
  {
    rule: "Payments of a document that is apart are read by the document",
    file: "lib/pulling/open-amounts.ts",
    takes: `for (let from: string | null = ids.length > 0 ? "0" : null;`,
    puts: `for (let from: string | null = ids.length > 999 ? "0" : null;`,
    test: "lib/pulling/open-amounts.db.test.ts",
    name: "FB4 N43 a payment whose date no list read shows",
  },
  {
    rule: "A replay that was not taken settles nothing",
    file: "lib/posting/outcome.ts",
    takes: `if (from === "unknown")`,
    puts: `if (from === "unknown" && at < 0)`,
    test: "lib/posting/answers.db.test.ts",
    name: "FB7 a replay that was not taken",
  },
  {
    rule: "The package's own count of the day is obeyed",
    file: "lib/posting/call.ts",
    takes: "  if (left !== null)",
    puts: "  if (left === -1)",
    test: SAFETY,
    name: "M16 the package's own count",
  },
  {
    rule: "A row that changed after it was chosen is not sent",
    file: "db/queries/run-members.ts",
    takes: "        and postings.revision = m.revision\n",
    puts: "",
    test: MEMBERS,
    name: "an amendment while the click is under way",
  },
  {
    rule: "A row that moved after it was chosen is not moved again",
    file: "db/queries/run-members.ts",
    takes: "        and postings.state = m.was\n",
    puts: "",
    test: MEMBERS,
    name: "a mark while the click is under way",
  },
  {
    rule: "A row that was excluded after it was chosen is not sent",
    file: "db/queries/run-members.ts",
    takes: "        and (postings.state <> 'pending' or postings.aside is null)\n",
    puts: "",
    test: MEMBERS,
    name: "an exclusion while the click is under way",
  },
  {
    rule: "A portion's members are taken in the transaction that moves them",
    file: "lib/posting/take-portion.ts",
    takes: "await claimMembers(db, run, run.takenTo === 0 ? sizes.first : sizes.most);",
    puts: "await world.inScope((own) => claimMembers(own, run, run.takenTo === 0 ? sizes.first : sizes.most));",
    test: MEMBERS,
    name: "K01 a crash in the midst of it",
  },
  {
    rule: "A portion is behind the fence",
    file: "lib/posting/take-portion.ts",
    takes: "    await requireLease(db, connection.id, world.fence);\n",
    puts: "",
    test: MEMBERS,
    name: "K03 an older holder of the lease moves nothing",
  },
  {
    rule: "A run's total is its members",
    file: "db/queries/run-members.ts",
    takes: "update runs set total = total + $",
    puts: "update runs set total = total + 0 * $",
    test: MEMBERS,
    name: "moves nothing, shows the rows as queued everywhere",
  },
  {
    rule: "A run ends after its last member",
    file: "db/queries/sync-work.ts",
    takes: "      and not exists (select from run_members m where m.run_id = r.id and m.outcome is null)\n",
    puts: "",
    test: MEMBERS,
    name: "is taken portion by portion",
  },
  {
    rule: "What ended stays as it was: what is released stands under another run",
    file: "db/queries/posting-moves.ts",
    takes: "::uuid[]) and run_position is not null",
    puts: "::uuid[] || run_id) and run_position is not null",
    test: MEMBERS,
    name: "what a mended cause releases",
  },
  {
    rule: "Tax that is not what its code charges is never sent",
    file: "db/queries/check-facts.ts",
    takes: "      where abs(g.tax - g.net * g.charged / 100) * 2 > g.lines + 2",
    puts: "      where false",
    test: TAX,
    name: "FA7 M70 c09",
  },
  {
    rule: "A tax code goes to no rate that charges otherwise",
    file: "db/queries/tax-sql.ts",
    takes: "    when ${chargedSql(code)} <> ${r}.rate::numeric then 'charges-otherwise'\n",
    puts: "",
    test: TAX,
    name: "N17 N27 is held with the reason",
  },
  {
    rule: "A code whose VAT is not reclaimed goes to no rate that reclaims it",
    file: "db/queries/tax-sql.ts",
    takes: "    when ${r}.recovers is not null and (",
    puts: "    when false and (",
    test: TAX,
    name: "FA7 M70 a blocked and a partly recoverable code",
  },
  {
    rule: "A difference that changed since it was shown is not decided about",
    file: "lib/posting/decide-many.ts",
    takes: "markOf(row) !== mark ? CHANGED : ",
    puts: "",
    test: "lib/posting/decide-many.db.test.ts",
    name: "FD19 leaves a row alone that changed since it was shown",
  },
  {
    rule: "Two bills of one supplier and number never go in one call",
    file: "lib/posting/send.ts",
    takes: "    if (mark !== null && marks.has(mark)) continue;\n",
    puts: "",
    test: AGAIN,
    name: "FA1 go together at once too",
  },
  {
    rule: "What carries another document's mark is not the one that was sent",
    file: "lib/posting/settle.ts",
    takes: "sightings.filter(({ seen }) => isSameRecord(sent, seen) || !carriesOther(sent, seen))",
    puts: "sightings.filter(() => true || carriesOther)",
    test: AGAIN,
    name: "FA1 go together at once too",
  },
];
