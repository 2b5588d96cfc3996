import Link from "next/link";
import { Amount } from "#components/ui/amount.tsx";
import { DateText } from "#components/ui/date-text.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import type { Waiting } from "#db/queries/codes.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import type { Wording } from "../export/words.ts";

/** The documents that wait because this customer, supplier or product is not in the package: one bad record names all that it stops. */
export function HeldUp({
  waiting,
  name,
  wording,
}: {
  readonly waiting: Waiting;
  readonly name: string;
  readonly wording: Wording;
}) {
  if (waiting.count === 0) return null;
  const shown =
    waiting.first.length < waiting.count ? `the first ${waiting.first.length} of ${waiting.count}` : String(waiting.count);
  return (
    <Panel title={`${name} is not linked to ${wording.packageName}: documents waiting for it`} aside={shown}>
      <PlainTable label="Documents waiting for it">
        <thead>
          <tr>
            <th scope="col">Number</th>
            <th scope="col">Type</th>
            <th scope="col">Date</th>
            <th scope="col" data-align="end">
              Gross
            </th>
          </tr>
        </thead>
        <tbody>
          {waiting.first.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <Link href={`${wording.base}/documents/${row.id}`} prefetch={false}>
                  {row.number}
                </Link>
              </th>
              <td>{KIND_LABELS[row.kind]}</td>
              <td>
                <DateText date={row.issuedOn} locale={wording.locale} />
              </td>
              <td data-align="end">
                <Amount minor={row.grossMinor} currency={row.currency} locale={wording.locale} withCurrency />
              </td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
    </Panel>
  );
}
