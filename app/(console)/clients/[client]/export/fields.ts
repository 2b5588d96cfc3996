import type { PostingGridRow } from "#db/queries/export/posting-grid.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import type { Wire } from "#lib/common/wire.ts";
import type { Field } from "#lib/lists/field.ts";
import { agreesWords } from "#lib/posting/standing.ts";
import { differenceWords, fixerWords, howWords, reasonWords, stoppedCode, type Wording } from "./words.ts";

type Row = Wire<PostingGridRow>;

const ON_ITS_WAY: Readonly<Partial<Record<Row["state"], string>>> = {
  queued: "Queued",
  waiting: "Waiting for pickup",
  sending: "Sending now",
};

/** Pre-check's verdict in words; a row that is on its way says so instead. */
function precheckWords(row: Row, wording: Wording): string {
  const moving = ON_ITS_WAY[row.state];
  if (moving) return moving;
  if (row.precheck === null) return "Not checked yet";
  if (row.precheck === "ready") return "Ready";
  const reason = reasonWords(row.precheckCode ?? "internal.unexpected", row.precheckDetail, row.kind, wording);
  return `${row.precheck === "blocked" ? "Blocked" : "Note"}: ${reason}`;
}

/** What the package was seen to hold, in words. */
function tickWords(row: Row, { locale, packageName }: Wording): string {
  switch (row.state) {
    case "confirmed":
      return agreesWords(packageName);
    case "skipped":
      return row.changedSinceMarked ? "Changed since marked" : "Not checked yet";
    case "drifted":
      return differenceWords(row.differences, row.currency, locale);
    default:
      return row.heldAsDraft ? "Held as draft" : "Sent";
  }
}

const type: Field<Row> = { id: "kind", label: "Type", type: "text", value: (row) => KIND_LABELS[row.kind] };
const number: Field<Row> = { id: "number", label: "Number", type: "text", value: (row) => row.reference };
const date: Field<Row> = { id: "date", label: "Date", type: "date", value: (row) => row.issuedOn };
const party = (label: string): Field<Row> => ({ id: "party", label, type: "text", value: (row) => row.party });
const gross: Field<Row> = {
  id: "gross",
  label: "Gross",
  type: "money",
  value: (row) => row.grossMinor,
  currency: (row) => row.currency,
};
const currency: Field<Row> = { id: "currency", label: "Currency", type: "text", value: (row) => row.currency };

/** Pending Export on paper and in a file, under the names of the grid's columns. */
export function pendingFields(wording: Wording): readonly Field<Row>[] {
  const precheck: Field<Row> = { id: "precheck", label: "Pre-check", type: "text", value: (row) => precheckWords(row, wording) };
  return [type, number, date, party("Customer or supplier"), gross, currency, precheck];
}

/** Exported Successfully. */
export function exportedFields(wording: Wording): readonly Field<Row>[] {
  return [
    { id: "tick", label: `In ${wording.packageName}`, type: "text", value: (row) => tickWords(row, wording) },
    type,
    number,
    date,
    party("Customer, supplier, product"),
    gross,
    currency,
    { id: "exported", label: "Exported", type: "moment", value: (row) => row.exportedAt },
    {
      id: "how",
      label: "How",
      type: "text",
      value: (row) => (row.markReason ? `${howWords(row)}: ${row.markReason}` : howWords(row)),
    },
    { id: "id", label: `${wording.packageName} id`, type: "text", value: (row) => row.externalId },
  ];
}

/** Error Feedback: what stops each row, and whose it is. */
export function errorFields(wording: Wording): readonly Field<Row>[] {
  const code = (row: Row) => stoppedCode({ ...row, panel: "errors" }) ?? "internal.unexpected";
  return [
    type,
    number,
    date,
    party("Customer or supplier"),
    gross,
    currency,
    {
      id: "error",
      label: "What stops it",
      type: "text",
      value: (row) =>
        row.state === "unknown"
          ? `Checking whether it reached ${wording.packageName}`
          : reasonWords(code(row), row.errorDetail, row.kind, wording),
    },
    { id: "fixer", label: "Who fixes it", type: "text", value: (row) => fixerWords(code(row), wording) },
  ];
}
