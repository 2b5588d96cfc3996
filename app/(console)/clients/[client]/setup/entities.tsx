"use client";

import { Checkbox } from "@mantine/core";
import Link from "next/link";
import { useEffect, useState } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { RECORD_KINDS, type RecordKind } from "#lib/common/records.ts";
import { saveEntities } from "./actions.ts";
import { sentWords, useAskFirst } from "./ask-first.tsx";
import { type EntitiesSaved, entitiesWords } from "./entities-words.ts";
import { SaveLine } from "./sections.tsx";
import classes from "./setup.module.css";

const LABELS: Readonly<Record<(typeof RECORD_KINDS)[number], string>> = {
  customer: "Customers",
  supplier: "Suppliers",
  product: "Products",
  "sales-invoice": "Sales invoices",
  bill: "Bills",
  "sales-credit-note": "Sales credit notes",
  "supplier-credit-note": "Supplier credit notes",
  payment: "Payments",
  journal: "Journals",
  allocation: "Credit note allocations, of corrections made here",
};

/** Which kinds of record sync, each with what was made meanwhile of those that do not. */
export function Entities({
  clientId,
  on: given,
  lacks,
  meanwhile,
  base,
  locale,
  mayEdit,
  editedBy,
}: {
  readonly clientId: string;
  readonly on: readonly RecordKind[];
  /** Kinds that the package does not take from us, each with the reason. */
  readonly lacks: Readonly<Partial<Record<RecordKind, string>>>;
  /** Of kinds that do not sync: how many are withheld, and their amounts in words. */
  readonly meanwhile: Readonly<Partial<Record<RecordKind, { readonly count: number; readonly amount: string }>>>;
  readonly base: string;
  readonly locale: string;
  readonly mayEdit: boolean;
  readonly editedBy: string;
}) {
  const { busy, said, save, question } = useAskFirst({ locale });
  const [draft, setDraft] = useState<readonly RecordKind[] | null>(null);
  const [saved, setSaved] = useState<EntitiesSaved | null>(null);
  const number = new Intl.NumberFormat(locale);
  const on = draft ?? given;
  const changed = RECORD_KINDS.filter((kind) => on.includes(kind) !== given.includes(kind));
  // What was saved is what is given from now on.
  useEffect(() => {
    if (draft !== null && changed.length === 0) setDraft(null);
  }, [draft, changed.length]);
  const change = (kind: RecordKind, ticked: boolean) =>
    setDraft(RECORD_KINDS.filter((one) => (one === kind ? ticked : on.includes(one))));
  const put = () =>
    save(
      (sending) => saveEntities({ clientId, kinds: RECORD_KINDS.filter((kind) => on.includes(kind)), sending }),
      (done) => {
        setSaved(done.result);
        const ticked = changed.filter((kind) => on.includes(kind)).map((kind) => LABELS[kind]);
        const unticked = changed.filter((kind) => !on.includes(kind)).map((kind) => LABELS[kind]);
        return [entitiesWords(ticked, unticked, done.result, locale), sentWords(done, locale)].filter(Boolean).join(" ");
      },
    );
  return (
    <fieldset className={classes.entities}>
      <legend className={classes.dim}>
        Records of a type that is not ticked are not sent. They are counted, and offered when you tick it.
        {!mayEdit && ` Only ${editedBy} may change this.`}
      </legend>
      <div className={classes.entityList}>
        {RECORD_KINDS.map((kind) => {
          const made = on.includes(kind) ? undefined : meanwhile[kind];
          const lacking = lacks[kind];
          return (
            <Checkbox
              key={kind}
              label={LABELS[kind]}
              checked={lacking === undefined && on.includes(kind)}
              disabled={!mayEdit || busy || lacking !== undefined}
              description={
                lacking ??
                (made === undefined
                  ? undefined
                  : `${number.format(made.count)} created meanwhile${made.amount === "" ? "" : `, ${made.amount}`}`)
              }
              onChange={(event) => change(kind, event.currentTarget.checked)}
            />
          );
        })}
      </div>
      <SaveLine
        id="entities"
        dirty={changed.length > 0}
        busy={busy}
        label="Save entities"
        onSave={put}
        onUndo={() => setDraft(null)}
      />
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
