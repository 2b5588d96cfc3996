/** The fields of our records as screens call them; a field that is not here is called by its own name, in words. */
const FIELDS: Readonly<Record<string, string>> = {
  bankNominalCode: "bank nominal",
  contact: "customer or supplier",
  document: "document that it pays",
  dueOn: "due date",
  email: "e-mail",
  grossMinor: "gross",
  issuedOn: "date",
  legs: "legs",
  netMinor: "net",
  productReference: "product",
  recordReference: "reference",
  taxMinor: "tax",
  taxNumber: "VAT number",
};

/** `lines[0].nominalCode` as "line 1, nominal code". */
export function fieldWords(field: string): string {
  const [, list, position, own] = /^(?:(lines|legs)\[(\d+)\]\.)?(.*)$/.exec(field) ?? [];
  const name = own ?? field;
  const words =
    FIELDS[name] ?? name.replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
  if (list === undefined) return words;
  return `${list === "legs" ? "leg" : "line"} ${Number(position) + 1}, ${words}`;
}
