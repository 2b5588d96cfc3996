/** FreeAgent's levels of access, each of which includes those before it. */
const LEVELS = {
  time: "Time (1)",
  contacts: "Contacts & Projects (3)",
  invoices: "Invoices, Estimates & Files (4)",
  bills: "Bills (5)",
  banking: "Banking (6)",
  accounting: "Tax, Accounting & Users (7)",
  full: "Full Access (8)",
} as const;

type Level = keyof typeof LEVELS;

/** Least level by what a path begins with. */
const NEEDS: readonly (readonly [path: string, level: Level, what: string])[] = [
  ["/v2/company", "time", "the company"],
  ["/v2/contacts", "contacts", "contacts"],
  ["/v2/invoices", "invoices", "invoices"],
  ["/v2/credit_note", "invoices", "credit notes"],
  ["/v2/bills", "bills", "bills"],
  ["/v2/bank_", "banking", "bank accounts and payments"],
  ["/v2/journal_sets", "accounting", "journals"],
  ["/v2/categories", "time", "nominal codes"],
  ["/v2/account_locks", "full", "the lock date"],
];

/** The level that the user who connected needs for a path, as people read it. */
export function levelOf(path: string): { readonly name: string; readonly words: string; readonly isLeast: boolean } {
  const [, level, what] = NEEDS.find(([begins]) => path.startsWith(begins)) ?? ["", "full" as const, "this"];
  const name = LEVELS[level];
  const words = `The FreeAgent user who connected needs the level ${name} for ${what}`;
  return { name, words, isLeast: level === "time" };
}
