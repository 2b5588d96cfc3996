import { addDays, type PlainDate } from "#lib/common/dates.ts";

/** A line of a file of the demo, as the client's own system would write it. */
interface Line {
  readonly type: "Sales invoice" | "Sales credit note" | "Bill";
  readonly number: string;
  readonly on: PlainDate;
  readonly party: readonly [reference: string, name: string];
  /** Reference of a product; none for a service. */
  readonly product?: string;
  readonly what: string;
  readonly quantity: number;
  /** Net, in pounds and pence. */
  readonly price: string;
  readonly nominal: string;
}

const HEADINGS =
  "Type,Number,Date,Due date,Customer/Supplier reference,Name,Currency,Product,Description,Quantity,Unit price,Nominal code,Tax code";

/** Lines in the profile Standard: due after thirty days, in pounds, at the standard rate of their side. */
function fileOf(lines: readonly Line[]): string {
  const rows = lines.map(({ type, number, on, party: [reference, name], product = "", what, quantity, price, nominal }) =>
    [
      type,
      number,
      on,
      type === "Sales credit note" ? on : addDays(on, 30),
      reference,
      name,
      "GBP",
      product,
      what,
      quantity,
      price,
      nominal,
      type === "Bill" ? "BUY20" : "STD20",
    ].join(","),
  );
  return `${[HEADINGS, ...rows].join("\n")}\n`;
}

/** The last day of the month before the last one: what an adviser has locked by then. */
export function lockedUntil(today: PlainDate): PlainDate {
  return addDays(`${addDays(`${today.slice(0, 7)}-01`, -1).slice(0, 7)}-01`, -1);
}

/** The document of the client at work in which each state is seen; one document a state. */
export const ALIVE = {
  /** Paid there, and waiting in Import. */
  paid: "INV-3003",
  /** Changed here after it was sent. */
  amended: "INV-3004",
  unmapped: "INV-3005",
  /** Changed there after its tick. */
  differs: "INV-3006",
  locked: "INV-3007",
  excluded: "INV-3008",
  /** Green, for a newcomer to pay. */
  toPay: "INV-3009",
  /** Not sent yet, for a newcomer to send. */
  pending: "INV-3010",
  /** Green, for a newcomer to change there. */
  toChange: "PY-5501",
  /** The line dropped when it was sent. */
  checking: "HH-218",
} as const;

/** The nominal code that the client at work has not mapped. */
export const UNMAPPED_CODE = "4020";

const OAKRIDGE = ["C-201", "Oakridge Garden Centre"] as const;
const FERNHILL = ["C-202", "Fernhill Nurseries"] as const;
const LARKFIELD = ["C-203", "Larkfield Tea Rooms"] as const;
const TEASEL = ["C-204", "Teasel & Thyme"] as const;
const STAFF_SHOP = ["C-205", "Dunmore Staff Shop"] as const;
const POTTERS_YARD = ["S-301", "Potters Yard Ceramics"] as const;
const HILLCREST = ["S-302", "Hillcrest Haulage"] as const;

/** The file of the client at work: a month's trade, one document for each state. */
export function aliveFile(today: PlainDate): string {
  const ago = (days: number) => addDays(today, -days);
  const sale = (number: string, on: PlainDate, party: Line["party"], rest: Omit<Line, "type" | "number" | "on" | "party">) =>
    ({ type: "Sales invoice", number, on, party, ...rest }) as const;
  const bill = (number: string, on: PlainDate, party: Line["party"], rest: Omit<Line, "type" | "number" | "on" | "party">) =>
    ({ type: "Bill", number, on, party, ...rest }) as const;
  return fileOf([
    sale("INV-3001", ago(18), OAKRIDGE, { product: "TROWEL", what: "Hand trowel", quantity: 24, price: "4.25", nominal: "4000" }),
    sale("INV-3001", ago(18), OAKRIDGE, { what: "Carriage", quantity: 1, price: "7.50", nominal: "4010" }),
    sale("INV-3002", ago(16), FERNHILL, { product: "TWINE", what: "Jute twine", quantity: 40, price: "2.10", nominal: "4000" }),
    sale(ALIVE.paid, ago(14), LARKFIELD, { what: "Hire of planters", quantity: 1, price: "180.00", nominal: "4000" }),
    amended(today, "6.40"),
    sale(ALIVE.unmapped, ago(10), TEASEL, {
      what: "Planting workshop",
      quantity: 1,
      price: "240.00",
      nominal: UNMAPPED_CODE,
    }),
    sale(ALIVE.differs, ago(9), FERNHILL, { what: "Wooden trug", quantity: 12, price: "15.50", nominal: "4000" }),
    sale(ALIVE.locked, addDays(lockedUntil(today), -6), LARKFIELD, {
      what: "Hanging baskets",
      quantity: 5,
      price: "19.00",
      nominal: "4000",
    }),
    sale(ALIVE.excluded, ago(7), STAFF_SHOP, { what: "Staff purchases", quantity: 1, price: "32.00", nominal: "4000" }),
    sale(ALIVE.toPay, ago(6), OAKRIDGE, { product: "TWINE", what: "Jute twine", quantity: 30, price: "2.00", nominal: "4000" }),
    sale(ALIVE.pending, ago(3), TEASEL, { product: "TROWEL", what: "Hand trowel", quantity: 10, price: "4.25", nominal: "4000" }),
    {
      type: "Sales credit note",
      number: "CN-3101",
      on: ago(8),
      party: FERNHILL,
      what: "Trug broken in transit",
      quantity: 1,
      price: "15.50",
      nominal: "4000",
    },
    bill(ALIVE.toChange, ago(15), POTTERS_YARD, { what: "Terracotta pots", quantity: 100, price: "1.20", nominal: "5000" }),
    bill(ALIVE.checking, ago(5), HILLCREST, { what: "Pallet delivery", quantity: 2, price: "45.00", nominal: "5010" }),
  ]);
}

/** The same invoice as the client's system writes it a second time, with the price put right. */
export const amendedFile = (today: PlainDate): string => fileOf([amended(today, "6.60")]);

function amended(today: PlainDate, price: string): Line {
  const on = addDays(today, -12);
  const rest = { what: "Bird table", quantity: 30, price, nominal: "4000" };
  return { type: "Sales invoice", number: ALIVE.amended, on, party: OAKRIDGE, ...rest };
}

/** The file of the client that is half set up. */
export function halfFile(today: PlainDate): string {
  const ago = (days: number) => addDays(today, -days);
  const parish = ["C-401", "Thornby Parish Council"] as const;
  const school = ["C-402", "Wexcombe Primary School"] as const;
  const timber = ["S-501", "Hollin Timber Merchants"] as const;
  const line = (
    type: Line["type"],
    number: string,
    days: number,
    party: Line["party"],
    what: string,
    price: string,
    nominal: string,
  ) => ({ type, number, on: ago(days), party, what, quantity: 1, price, nominal }) satisfies Line;
  return fileOf([
    line("Sales invoice", "EJ-101", 20, parish, "Noticeboard in oak", "410.00", "4000"),
    line("Sales invoice", "EJ-102", 17, school, "Coat racks", "285.00", "4000"),
    line("Sales invoice", "EJ-103", 11, school, "Repair of a door", "95.00", "4020"),
    line("Sales invoice", "EJ-104", 4, parish, "Two benches", "640.00", "4000"),
    line("Bill", "HT-7712", 19, timber, "Oak boards", "230.00", "5000"),
    line("Bill", "HT-7790", 6, timber, "Delivery", "35.00", "5010"),
  ]);
}
