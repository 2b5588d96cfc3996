import { Amount } from "#components/ui/amount.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import type { VatOfCode } from "#lib/tax/by-code.ts";
import { boxWords } from "#lib/tax/charged.ts";
import { TAX_KIND_ROWS } from "#lib/tax/kinds.ts";
import { taxWord, taxWordFirst } from "#lib/tax/tax-word.ts";

/** What each tax code charges on the document, what is carried, and what is accounted for beside it. */
export function VatByCode({
  rows,
  currency,
  locale,
  sign,
}: {
  readonly rows: readonly VatOfCode[];
  readonly currency: string;
  readonly locale: string;
  readonly sign: 1n | -1n;
}) {
  const money = (minor: bigint) => <Amount minor={sign * minor} currency={currency} locale={locale} />;
  return (
    <Panel title={`${taxWordFirst(locale)} by tax code`}>
      <PlainTable label={`Net and ${taxWord(locale)} of each tax code`}>
        <thead>
          <tr>
            <th scope="col">Tax code</th>
            <th scope="col">Kind</th>
            <th scope="col" data-align="end">
              Net
            </th>
            <th scope="col" data-align="end">
              Charged by the code
            </th>
            <th scope="col" data-align="end">
              On the document
            </th>
            <th scope="col">Difference</th>
            <th scope="col">Self-accounted</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.code}>
              <th scope="row">{row.code}</th>
              <td>{row.kind === null ? `${row.charged}%` : TAX_KIND_ROWS[row.kind].label}</td>
              <td data-align="end">{money(row.netMinor)}</td>
              <td data-align="end">{money(row.expectedMinor)}</td>
              <td data-align="end">{money(row.taxMinor)}</td>
              <td>
                {row.verdict === "exact" ? (
                  "none"
                ) : row.verdict === "penny" ? (
                  <StatusDot kind="idle">{money(row.taxMinor - row.expectedMinor)} within rounding, sent unchanged</StatusDot>
                ) : (
                  <StatusDot kind="bad">{money(row.taxMinor - row.expectedMinor)}: not sent</StatusDot>
                )}
              </td>
              <td>
                {row.selfAccounted === null ? (
                  ""
                ) : row.selfAccounted.vatMinor === null ? (
                  "at the package’s rate"
                ) : (
                  <>
                    {money(row.selfAccounted.vatMinor)} ({boxWords(row.selfAccounted.vatBoxes)}), net in{" "}
                    {boxWords(row.selfAccounted.netBoxes)}
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
    </Panel>
  );
}
