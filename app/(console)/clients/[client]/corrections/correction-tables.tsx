import { Amount } from "#components/ui/amount.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { Heads, PlainTable } from "#components/ui/page.tsx";
import type { CorrectionPlan, PlanDocument } from "#lib/posting/correction-plan.ts";
import type { Wording } from "../export/words.ts";
import classes from "./correction.module.css";

const total = (lines: PlanDocument["lines"], side: "debitMinor" | "creditMinor") =>
  lines.reduce((sum, line) => sum + line[side], 0n);

/** A document as debits and credits that balance. */
export function Entries({
  document,
  currency,
  locale,
}: {
  readonly document: PlanDocument;
  readonly currency: string;
  readonly locale: string;
}) {
  const name = `${document.what === "credit-note" ? "Credit note" : "Reissue"} ${document.number}`;
  const money = (minor: bigint) => (minor === 0n ? null : <Amount minor={minor} currency={currency} locale={locale} />);
  return (
    <div>
      <p className={classes.name}>
        {name}, {currency}
      </p>
      <PlainTable label={`${name}: debits and credits`}>
        <Heads columns={["Account", "Debit", "Credit"]} figures={["Debit", "Credit"]} />
        <tbody>
          {document.lines.map((line) => (
            <tr key={`${line.account} ${line.debitMinor}`}>
              <th scope="row">{line.account}</th>
              <td data-align="end">{money(line.debitMinor)}</td>
              <td data-align="end">{money(line.creditMinor)}</td>
            </tr>
          ))}
          <tr className={classes.total}>
            <th scope="row">Total</th>
            <td data-align="end">{money(total(document.lines, "debitMinor"))}</td>
            <td data-align="end">{money(total(document.lines, "creditMinor"))}</td>
          </tr>
        </tbody>
      </PlainTable>
    </div>
  );
}

/** What a correction will do, before a person's yes: entries, allocations, what stays and what is left. */
export function PlanOfCorrection({ plan, wording }: { readonly plan: CorrectionPlan; readonly wording: Wording }) {
  const { currency, allocation, open, creditNote, reissue, number } = plan;
  const { locale, packageName } = wording;
  const money = (minor: bigint) => <Amount minor={minor} currency={currency} locale={locale} />;
  const isSales = plan.side === "sales";
  const credit = allocation.toCorrectedMinor + allocation.toReissueMinor + allocation.leftMinor;
  return (
    <div className={classes.plan}>
      <p className={classes.words}>
        {number} stays in {packageName} as it is. {reissue === null ? `${creditNote} is` : `${creditNote} and ${reissue} are`}{" "}
        dated <DateText date={plan.issuedOn} locale={locale} />, the first open day.
      </p>
      <div className={classes.pair}>
        {plan.documents.map((document) => (
          <Entries
            key={document.number}
            document={document}
            currency={document.what === "reissue" ? plan.reissueCurrency : currency}
            locale={locale}
          />
        ))}
      </div>
      <div>
        <p className={classes.name}>
          Allocation of {creditNote}, {currency}
        </p>
        <PlainTable label={`Allocation of ${creditNote}`}>
          <Heads
            columns={["Allocated to", "Open before", "Allocated", "Open after"]}
            figures={["Open before", "Allocated", "Open after"]}
          />
          <tbody>
            <tr>
              <th scope="row">{number}</th>
              <td data-align="end">{money(open.dueMinor)}</td>
              <td data-align="end">{money(allocation.toCorrectedMinor)}</td>
              <td data-align="end">{money(open.dueMinor - allocation.toCorrectedMinor)}</td>
            </tr>
            {reissue !== null && plan.apart === null && (
              <tr>
                <th scope="row">{reissue}</th>
                <td data-align="end">{money(plan.reissueOpenMinor + allocation.toReissueMinor)}</td>
                <td data-align="end">{money(allocation.toReissueMinor)}</td>
                <td data-align="end">{money(plan.reissueOpenMinor)}</td>
              </tr>
            )}
            {allocation.leftMinor > 0n && (
              <tr>
                <th scope="row">Left on account</th>
                <td data-align="end" />
                <td data-align="end">{money(allocation.leftMinor)}</td>
                <td data-align="end" />
              </tr>
            )}
            <tr className={classes.total}>
              <th scope="row">Total of the credit note</th>
              <td data-align="end" />
              <td data-align="end">{money(credit)}</td>
              <td data-align="end" />
            </tr>
          </tbody>
        </PlainTable>
      </div>
      {plan.apart !== null && (
        <p className={classes.words}>
          {reissue} is {plan.apart === "contact" ? `for another ${isSales ? "customer" : "supplier"}` : "in another currency"}:
          nothing of the credit note can be allocated to it.
        </p>
      )}
      <p className={classes.words}>
        {open.payments.length === 0
          ? (open.paidMinor ?? 0n) > 0n
            ? `Payments on ${number} stay on it.`
            : `No payment of ${number} is known.`
          : `Payments stay on ${number}:`}
      </p>
      {open.payments.length > 0 && (
        <ul className={classes.payments}>
          {open.payments.map((one) => (
            <li key={`${one.paidOn} ${one.reference} ${one.amountMinor}`}>
              <DateText date={one.paidOn} locale={locale} /> {one.reference} {money(one.amountMinor)}
            </li>
          ))}
        </ul>
      )}
      <p className={classes.dim}>
        {open.readAt === null ? (
          `Nothing was read of ${number} yet, so all of it counts as open. `
        ) : (
          <>
            Open amounts as read <Moment at={open.readAt} timeZone={wording.timeZone} locale={locale} />.{" "}
          </>
        )}
        They are read again before anything is allocated, and never more is allocated than is open then.
        {allocation.leftMinor > 0n && " What is left is listed under Corrections, with its steps."}
      </p>
    </div>
  );
}
