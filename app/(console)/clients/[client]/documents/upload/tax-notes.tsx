import { Amount } from "#components/ui/amount.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Heads, Panel, PlainTable } from "#components/ui/page.tsx";
import { KIND_LABELS, signOf } from "#lib/common/records.ts";
import type { ImportSummary } from "#lib/operational/summary.ts";
import type { TaxDifference } from "#lib/operational/tax-summary.ts";
import { boxWords, plainRate } from "#lib/tax/charged.ts";
import { TAX_LEVEL_LABELS } from "#lib/tax/levels.ts";
import { taxWordFirst } from "#lib/tax/tax-word.ts";
import classes from "../records.module.css";

/** What is to be said of the file's tax: what will be held, what the buyer accounts for, and what differs within rounding. */
export function TaxNotes({ summary, locale }: { readonly summary: ImportSummary; readonly locale: string }) {
  const { tax, taxTaken = [] } = summary;
  if (!tax) return null;
  const { held, pennies, selfAccounted } = tax;
  return (
    <>
      {taxTaken.length > 0 && (
        <Panel title="Lines without a tax code" aside="the code used, and where it is set">
          <PlainTable label="Lines without a tax code">
            <Heads
              columns={["Tax code", "Rate (%)", "Set at", "Lines", "First lines", "Net"]}
              figures={["Rate (%)", "Lines", "Net"]}
            />
            <tbody>
              {taxTaken.map((row) => (
                <tr key={`${row.level} ${row.code}`}>
                  <th scope="row">{row.code}</th>
                  <td data-align="end">{row.rate}</td>
                  <td>{TAX_LEVEL_LABELS[row.level]}</td>
                  <td data-align="end">{row.lines.toLocaleString(locale)}</td>
                  <td>{row.first.join(", ")}</td>
                  <td data-align="end">
                    {row.net.map(({ currency, minor }) => (
                      <div key={currency}>
                        <Amount minor={minor} currency={currency} locale={locale} withCurrency />
                      </div>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </Panel>
      )}
      {held.count > 0 && (
        <div className={classes.stack}>
          <Notice kind="warning">
            {held.count === 1 ? "One document carries" : `${held.count.toLocaleString(locale)} documents carry`} a different tax
            amount from its code. They are imported but held: nothing is sent until the code or the document is corrected.
          </Notice>
          <Panel title="Tax that disagrees with its code" aside={held.count.toLocaleString(locale)}>
            <Differences rows={held.first} locale={locale} label="Tax that disagrees with its code" />
          </Panel>
        </div>
      )}
      {selfAccounted.length > 0 && (
        <Panel title={`${taxWordFirst(locale)} that the buyer accounts for`} aside="not charged on the documents">
          <PlainTable label={`${taxWordFirst(locale)} that the buyer accounts for`}>
            <Heads
              columns={["Tax code", "Kind", "Net", "Self-accounted", `${taxWordFirst(locale)} return`]}
              figures={["Net", "Self-accounted"]}
            />
            <tbody>
              {selfAccounted.map((row) => (
                <tr key={`${row.code} ${row.currency}`}>
                  <th scope="row">{row.code}</th>
                  <td>{row.label}</td>
                  <td data-align="end">
                    <Amount minor={row.netMinor} currency={row.currency} locale={locale} withCurrency />
                  </td>
                  <td data-align="end">
                    {row.vatMinor === null ? (
                      "at the package’s rate"
                    ) : (
                      <Amount minor={row.vatMinor} currency={row.currency} locale={locale} withCurrency />
                    )}
                  </td>
                  <td>
                    {taxWordFirst(locale)} in {boxWords(row.vatBoxes)}, net in {boxWords(row.netBoxes)}
                  </td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        </Panel>
      )}
      {pennies.count > 0 && (
        <Panel title="Tax within rounding, sent unchanged" aside={pennies.count.toLocaleString(locale)}>
          <Differences rows={pennies.first} locale={locale} label="Tax within rounding" />
        </Panel>
      )}
    </>
  );
}

function Differences({
  rows,
  locale,
  label,
}: {
  readonly rows: readonly TaxDifference[];
  readonly locale: string;
  readonly label: string;
}) {
  return (
    <PlainTable label={label}>
      <Heads
        columns={["Line", "Document", "Tax code", "Net", "On the document", "By its code"]}
        figures={["Line", "Net", "On the document", "By its code"]}
      />
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.line} ${row.code}`}>
            <th scope="row" data-align="end">
              {row.line}
            </th>
            <td>
              {KIND_LABELS[row.kind]} {row.number}
            </td>
            <td>
              {row.code}, {plainRate(row.charged)}%
            </td>
            {[row.netMinor, row.taxMinor, row.expectedMinor].map((minor, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: three fixed columns
              <td key={at} data-align="end">
                <Amount minor={signOf(row.kind) * BigInt(minor)} currency={row.currency} locale={locale} withCurrency />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}
