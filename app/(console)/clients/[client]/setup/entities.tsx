"use client";

import { Checkbox } from "@mantine/core";
import Link from "next/link";
import { useState } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { RECORD_KINDS, type RecordKind } from "#lib/common/records.ts";
import { saveEntities } from "./actions.ts";
import { sentWords, useAskFirst } from "./ask-first.tsx";
import { type EntitiesSaved, entitiesWords } from "./entities-words.ts";
import classes from "./setup.module.css";

const LABELS: Readonly<Record<RecordKind, string>> = {
  customer: "Customers",
  supplier: "Suppliers",
  product: "Products",
  "sales-invoice": "Sales invoices",
  bill: "Bills",
  "sales-credit-note": "Sales credit notes",
  "supplier-credit-note": "Supplier credit notes",
  payment: "Payments",
  journal: "Journals",
};

/** Which kinds of record sync, each with what was made meanwhile of those that do not. */
export function Entities({
  clientId,
  on: given,
  meanwhile,
  base,
  locale,
  mayEdit,
  editedBy,
}: {
  readonly clientId: string;
  readonly on: readonly RecordKind[];
  /** Of kinds that do not sync: how many stand aside, and their worth in words. */
  readonly meanwhile: Readonly<Partial<Record<RecordKind, { readonly count: number; readonly worth: string }>>>;
  readonly base: string;
  readonly locale: string;
  readonly mayEdit: boolean;
  readonly editedBy: string;
}) {
  const { busy, said, save, question } = useAskFirst({ locale });
  const [on, setOn] = useState<readonly RecordKind[]>(given);
  const [saved, setSaved] = useState<EntitiesSaved | null>(null);
  const number = new Intl.NumberFormat(locale);
  const change = (kind: RecordKind, ticked: boolean) => {
    const next = RECORD_KINDS.filter((one) => (one === kind ? ticked : on.includes(one)));
    setOn(next);
    save(
      (sending) => saveEntities({ clientId, kinds: next, sending }),
      (done) => {
        setSaved(done.result);
        return [entitiesWords(LABELS[kind], ticked, done.result, locale), sentWords(done, locale)].filter(Boolean).join(" ");
      },
      () => setOn(given),
    );
  };
  return (
    <fieldset className={classes.entities}>
      <legend className={classes.dim}>
        Records of a kind that is not ticked are not sent. They are counted, and offered when it is ticked.
        {!mayEdit && ` Only ${editedBy} may change this.`}
      </legend>
      <div className={classes.entityList}>
        {RECORD_KINDS.map((kind) => {
          const made = on.includes(kind) ? undefined : meanwhile[kind];
          return (
            <Checkbox
              key={kind}
              label={LABELS[kind]}
              checked={on.includes(kind)}
              disabled={!mayEdit || busy}
              description={
                made === undefined
                  ? undefined
                  : `${number.format(made.count)} made meanwhile${made.worth === "" ? "" : `, ${made.worth}`}`
              }
              onChange={(event) => change(kind, event.currentTarget.checked)}
            />
          );
        })}
      </div>
      {said !== null && (
        <Notice kind={said.good ? "good" : "bad"}>
          {said.message}
          {said.good && saved !== null && saved.back > 0 && (
            <>
              {" "}
              <Link href={`${base}/export`} className={classes.link}>
                Open Pending Export
              </Link>
            </>
          )}
        </Notice>
      )}
      {question}
    </fieldset>
  );
}
