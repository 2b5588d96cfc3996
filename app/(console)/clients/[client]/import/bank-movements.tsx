"use client";

import { Amount } from "#components/ui/amount.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import type { BankLine } from "#lib/allocating/overview.ts";
import classes from "./import.module.css";
import type { Wording } from "./words.ts";

/** What moved on each bank nominal: created here, beside all payments that the package holds on that account. */
export function BankMovements({ banks, wording }: { readonly banks: readonly BankLine[]; readonly wording: Wording }) {
  return (
    <div className={classes.banks}>
      <Panel title="Bank movements" aside="Money in less money out, payments only">
        <PlainTable label="Movements by bank nominal">
          <thead>
            <tr>
              <th scope="col">Bank nominal</th>
              <th scope="col" className={classes.wideCell}>
                Account in {wording.packageName}
              </th>
              <th scope="col" data-align="end" className={classes.wideCell}>
                Created today
              </th>
              <th scope="col" data-align="end">
                Created here
              </th>
              <th scope="col" data-align="end">
                In {wording.packageName}
              </th>
              <th scope="col" data-align="end" className={classes.wideCell}>
                Not created here
              </th>
              <th scope="col">
                <span className={classes.hidden}>Currency</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {banks.map((bank) => {
              const figure = (minor: string) => <Amount minor={minor} currency={bank.currency} locale={wording.locale} />;
              return (
                <tr key={`${bank.bankNominalCode} ${bank.bankAccountName} ${bank.currency}`}>
                  <td className={classes.strong}>{bank.bankNominalCode ?? <span className={classes.dim}>Not mapped</span>}</td>
                  <td className={classes.wideCell}>{bank.bankAccountName ?? "No bank account given"}</td>
                  <td data-align="end" className={classes.wideCell}>
                    {figure(bank.createdTodayMinor)}
                  </td>
                  <td data-align="end">{figure(bank.createdMinor)}</td>
                  <td data-align="end">{figure(bank.packageMinor)}</td>
                  <td data-align="end" className={classes.wideCell}>
                    {figure((BigInt(bank.packageMinor) - BigInt(bank.createdMinor)).toString())}
                  </td>
                  <td className={classes.dim}>{bank.currency}</td>
                </tr>
              );
            })}
          </tbody>
        </PlainTable>
      </Panel>
    </div>
  );
}
