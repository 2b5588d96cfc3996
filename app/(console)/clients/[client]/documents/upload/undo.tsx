"use client";

import { Button } from "@mantine/core";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import { KIND_LABELS, RECORD_KINDS } from "#lib/common/records.ts";
import type { UndoPlan } from "#lib/operational/undo.ts";
import { undoUpload } from "../actions.ts";
import classes from "./upload.module.css";

function labelOf(kind: string): string {
  const record = RECORD_KINDS.find((one) => one === kind);
  return record ? KIND_LABELS[record] : "Code";
}

/** Takes a committed upload back: first what will change, then one button. What was sent stands in its way, by name. */
export function Undo({
  clientSlug,
  importId,
  plan,
  locale,
}: {
  clientSlug: string;
  importId: string;
  plan: UndoPlan;
  locale: string;
}) {
  const router = useRouter();
  const [shown, setShown] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const figure = (count: number) => new Intl.NumberFormat(locale).format(count);
  const rows = [
    { name: "Documents", ...plan.documents, stay: 0 },
    { name: "Customers and suppliers", ...plan.contacts },
    { name: "Products", ...plan.products },
    { name: "Payments", created: plan.payments, amended: 0, stay: 0 },
    { name: "Journals", created: plan.journals, amended: 0, stay: 0 },
    { name: "Codes", created: plan.codes.created, amended: plan.codes.amended, stay: plan.codes.stay.length },
  ].filter((row) => row.created + row.amended + row.stay > 0);

  const undo = () =>
    start(async () => {
      setError(null);
      const answer = await undoUpload({ clientId: clientSlug, importId });
      if (answer.ok) router.refresh();
      else setError(answer.error.message);
    });

  if (!shown) {
    return (
      <div className={classes.buttons}>
        <Button variant="default" onClick={() => setShown(true)}>
          Undo this upload
        </Button>
      </div>
    );
  }
  return (
    <Panel title="Undo this upload" aside="what will change">
      {rows.length > 0 && (
        <PlainTable label="What the undo will change">
          <thead>
            <tr>
              <th scope="col">Records</th>
              <th scope="col" data-align="end">
                Removed
              </th>
              <th scope="col" data-align="end">
                Restored to the earlier revision
              </th>
              <th scope="col" data-align="end">
                Kept, used elsewhere
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name}>
                <th scope="row">{row.name}</th>
                <td data-align="end">{figure(row.created)}</td>
                <td data-align="end">{figure(row.amended)}</td>
                <td data-align="end">{figure(row.stay)}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
      {plan.blockers.length > 0 && (
        <PlainTable label="What prevents it">
          <thead>
            <tr>
              <th scope="col">Type</th>
              <th scope="col">Record</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {plan.blockers.map((blocker) => (
              <tr key={`${blocker.kind} ${blocker.reference} ${blocker.why}`}>
                <th scope="row">{labelOf(blocker.kind)}</th>
                <td>{blocker.reference}</td>
                <td>{blocker.why}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
      <div className={classes.sure}>
        {plan.blockers.length > 0 ? (
          <Notice kind="warning">
            {plan.blockerCount === 1 ? "One record prevents it" : `${figure(plan.blockerCount)} records prevent it`} , so nothing
            can be undone. Correct sent records in the package or with another file.
          </Notice>
        ) : rows.length === 0 ? (
          <Notice kind="info">This upload changed nothing that can be undone.</Notice>
        ) : (
          <p>None of it was sent. All of this is undone, or nothing; you can upload the file again.</p>
        )}
        {error !== null && <Notice kind="bad">{error}</Notice>}
        <div className={classes.buttons}>
          {plan.blockers.length === 0 && (
            <Button color="red" onClick={undo} loading={busy}>
              Undo upload
            </Button>
          )}
          <Button variant="default" onClick={() => setShown(false)} disabled={busy}>
            Keep upload
          </Button>
        </div>
      </div>
    </Panel>
  );
}
