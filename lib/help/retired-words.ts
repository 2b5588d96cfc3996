/** A word or phrase that no text holds any more, and what is said instead. */
export interface Retired {
  readonly words: RegExp;
  readonly instead: string;
}

const NOUNS =
  "accounts|bills|calls|causes|changes|clients|codes|columns|customers|days|documents|faults|files|invoices|items|lines|members|minutes|organisations|parts|payments|questions|records|rows|sheets|suggestions|suppliers|tries|users|weeks";

/**
 * Words of programmers, of another language's grammar, and of other products: a bookkeeper in Britain writes none of them. Subject, verb,
 * object; a text says what happens.
 */
export const RETIRED_WORDS: readonly Retired[] = [
  {
    words: /\b(khaos|halopsa|actionstep|cc-assist|cch)\b|practice-like/i,
    instead: "Manual upload, Nightly both ways: no other product is named",
  },
  { words: /\bis set, with\b/i, instead: "One-way profile applied." },
  { words: /\bways below\b/i, instead: "options below" },
  { words: /\bseen,? (and )?equal\b|\bequal to the penny\b/i, instead: "Agrees with, and the package's name" },
  { words: /^not seen\b/i, instead: "Not checked yet" },
  { words: /\bnothing waits\b|\bnone waits\b/i, instead: "Nothing to export; None waiting" },
  { words: /\bstands?\b/i, instead: "is, appears, is listed: a text says what happens" },
  { words: /\b(comes?|came) (to|in with|in from|up for)\b/i, instead: "totals, is added from: a text says what happens" },
  { words: /\bmoved no records\b/i, instead: "No records in this run" },
  { words: /\bwhat blocks how much\b/i, instead: "Blocked, by cause" },
  { words: /\bneeds (someone|somebody)\b|\bnothing needs you\b/i, instead: "Needs attention first; Nothing needs attention" },
  { words: /\bclients you see\b/i, instead: "Your clients" },
  {
    words: /^each of them$|\bit would be broken by\b|\b(one does|\{\} do) not hold\b/i,
    instead: "Checks; What it would mean; 1 check failed",
  },
  { words: /^nights$|^in line$|\bended, or expected\b/i, instead: "Nightly runs; Queued; Ended or expected" },
  { words: /\block moved\b/i, instead: "The package's lock date was moved, was removed" },
  { words: /^it stays there$|^seen$|^i moved it$/i, instead: "Leave it open; Dismiss; I changed it" },
  { words: /\bwould not know where to go\b/i, instead: "Map a bank account so that payments can be posted" },
  { words: /^proof\b/i, instead: "Control total: file = documents + skipped" },
  { words: /^would be\b/i, instead: "Action: create" },
  { words: /^is filled in\b/i, instead: "Required; the profile has no default" },
  { words: /\bleave (these|the faulty lines) out\b|\bleft out by\b/i, instead: "Skip faulty documents and continue" },
  { words: /\bleft blank stays\b/i, instead: "Blank cells leave the existing value" },
  { words: /\blegs?\b(?!\[)/i, instead: "Lines" },
  { words: /^(take out|take away)$|\b(is|are) entered\.( |$)/i, instead: "Remove; Save; OS9 saved" },
  { words: /\boutside tax\b/i, instead: "outside the scope of VAT" },
  { words: /\bbilled, pays later\b|\bpays at once\b/i, instead: "Credit customer; Cash customer" },
  { words: /\bthe documents come to\b/i, instead: "Totals" },
  {
    words: /\b(found|voided|linked) .{0,20}\bthere\b$|\btheirs accepted\b|\bours sent again\b/i,
    instead: "Changed in the package; the package's version kept; Resent",
  },
  { words: /\bown bytes\b|\bindependent read\b/i, instead: "Raw request; Read back" },
  { words: /\bnames none\b|\bkept there\b/i, instead: "No bank account given; Not created here" },
  { words: /\ballocated in both systems\b/i, instead: "Allocate credit notes in each system yourself; allocations don't sync." },
  { words: /^for the operational system$/i, instead: "Export to operational system" },
  { words: /\bmade anywhere\b|\bwhose payment\b/i, instead: "All sources; Customer or supplier" },
  { words: /\bsuch page among yours\b/i, instead: "Page not found" },
  { words: /\bleast time between\b/i, instead: "Minimum gap between calls" },
  {
    words: /\bthe least that takes\b|\bof it beyond\b|\bwhat the app may\b/i,
    instead: "Cheapest tier that fits; Overage; 2% of the limit",
  },
  { words: /\bsign of life\b|\bdead letters?\b|\bwake-ups?\b/i, instead: "Last heartbeat; Failed jobs" },
  { words: /\bis the audit whole\b/i, instead: "Audit integrity" },
  { words: /\b(do|does) not sync\b/i, instead: "Suppliers are off; 1 record of a type that is off" },
  { words: /\bno item is queued\b/i, instead: "Nothing is queued." },
  { words: /\baccount customers?\b/i, instead: "credit customer" },
  { words: /\bunallocated (cash|money|payments?)\b/i, instead: "on account" },
  { words: /\btie-?outs?\b/i, instead: "reconciliation" },
  { words: /\brestat(e|es|ed|ing)\b/i, instead: "re-post" },
  { words: /\bstanding orders?\b/i, instead: "automation rules: a standing order is a bank payment" },
  { words: /\bshadow month\b/i, instead: "parallel run" },
  { words: /\b(goes|go|goes on|go on) by (itself|themselves)\b/i, instead: "is sent automatically" },
  { words: /\bwhat waits\b/i, instead: "pending records" },
  { words: /\bwithout a click\b/i, instead: "automatically" },
  { words: /\bput (it|them|something) right\b/i, instead: "correct it" },
];

/** A plural made by a fixed s: "1 lines". Of a constant's own figure, and under a choice between one and several, it is right. */
export const FIXED_PLURAL = new RegExp(`\\{\\} (more |other |new |unsent |faulty |chosen |open )?(${NOUNS})\\b`);
