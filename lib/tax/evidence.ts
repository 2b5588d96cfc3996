import type { DocumentSide } from "./kinds.ts";

const words = (text: string): string[] =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .split(/[^\p{L}\p{N}.]+/u)
    .filter((word) => word !== "");

const SALES = new Set(["sales", "sale", "output", "outputs", "income", "revenue", "sell", "supplies", "out"]);
const PURCHASES = new Set([
  "purchases",
  "purchase",
  "input",
  "inputs",
  "expense",
  "expenses",
  "buy",
  "bills",
  "cost",
  "costs",
  "in",
]);

/** The side that a code's name or the letters of the code itself say; null where they say neither, or both. */
export function sideByName(code: string, name: string): DocumentSide | null {
  const said = [...words(name), ...words(code.replace(/[0-9.]+/g, " "))];
  // "VAT on Income" and "out of scope" share a word with a side and do not mean one.
  const plain = /out\s*(of|side)/i.test(name) ? said.filter((word) => word !== "out") : said;
  const sales = plain.some((word) => SALES.has(word));
  const purchases = plain.some((word) => PURCHASES.has(word));
  return sales === purchases ? null : sales ? "sales" : "purchase";
}

/** Words of a name that say no more than a rate and a side. Any other word may be the one that says the document charges nothing. */
const RATE_WORDS = new Set([
  ...SALES,
  ...PURCHASES,
  ..."standard std rate rated reduced red lower higher full normal vat tax gst uk gb the of on at for and goods until from percent per cent sr s r v t".split(
    " ",
  ),
  ..."january february march april may june july august september october november december".split(" "),
  "new",
  "old",
  "code",
]);

const isNumber = (word: string): boolean => /^\d+(\.\d+)?$/.test(word);
/** A letter of a code that stands before its number: "T1", "V20", "S". */
const CODE_LETTERS = new Set([..."t v s r sr rr vat std red tax stn uk gst op ip ov iv".split(" "), ...SALES, ...PURCHASES]);

/**
 * Whether code and name say nothing but a rate that the document charges: "STD20 Standard rate 20%", "T1 20% VAT". With any other word
 * ("construction", "reverse charge", "EU services", "imports") a blank tax amount reads both ways, and somebody is asked.
 */
export function namesPlainRate(code: string, name: string): boolean {
  const letters = words(code.replace(/[0-9.]+/g, " "));
  const named = words(name).filter((word) => !isNumber(word.replace(/\.$/, "")));
  const known = (word: string) => RATE_WORDS.has(word.replace(/\.$/, ""));
  // The code's own letters repeated as its name ("STD20" called "STD20") say nothing more.
  const own = new Set(words(code));
  return letters.every((word) => CODE_LETTERS.has(word)) && named.every((word) => known(word) || own.has(word));
}
