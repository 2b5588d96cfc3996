"use client";

import { Button, Select, TextInput } from "@mantine/core";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import { personWords } from "#lib/common/person-words.ts";
import { DOCUMENT_SIDES, type DocumentSide, TAX_SIDE_LABELS } from "#lib/tax/kinds.ts";
import type { Option } from "../record/form-fields.ts";
import { saveTaxLevel } from "./actions.ts";
import classes from "./tax-levels.module.css";

interface Level {
  readonly level: "default" | "contact" | "abroad";
  readonly subject: string;
  readonly side: DocumentSide;
  readonly taxCode: string | null;
  readonly name: string | null;
  readonly saidBy: string;
}

const LABELS: Readonly<Record<Level["level"], string>> = {
  default: "Default",
  contact: "Customer or supplier",
  abroad: "Abroad, as answered",
};

/** Which tax code a line takes that brings none: the client's default, and codes of single contacts. */
export function TaxLevels({
  clientId,
  levels,
  choices,
  mayEdit,
}: {
  readonly clientId: string;
  readonly levels: readonly Level[];
  readonly choices: readonly Option[];
  readonly mayEdit: boolean;
}) {
  const router = useRouter();
  const [subject, setSubject] = useState("");
  const [side, setSide] = useState<DocumentSide>("sales");
  const [code, setCode] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const save = (row: Pick<Level, "level" | "subject" | "side" | "taxCode">, done?: () => void) =>
    start(async () => {
      setError(null);
      const answer = await saveTaxLevel({ clientId, ...row });
      if (!answer.ok) return setError(answer.error.message);
      done?.();
      router.refresh();
    });
  const own = levels.filter((one) => one.level !== "default");
  const named = ({ subject: reference, name }: Level) => (name === null ? reference : `${reference} ${name}`);
  return (
    <Panel title="Lines without a tax code" aside="product, then its group, then customer or supplier, then default" padded>
      <div className={classes.stack}>
        <div className={classes.row}>
          {DOCUMENT_SIDES.map((one) => (
            <Select
              key={one}
              label={`Default, ${TAX_SIDE_LABELS[one].toLowerCase()}`}
              data={[...choices]}
              value={levels.find((level) => level.level === "default" && level.side === one)?.taxCode ?? null}
              onChange={(taxCode) => save({ level: "default", subject: "", side: one, taxCode })}
              placeholder="none: a line without a tax code is a fault"
              clearable
              searchable
              disabled={!mayEdit || busy}
            />
          ))}
        </div>
        {own.length > 0 && (
          <PlainTable label="Tax codes of customers and suppliers">
            <thead>
              <tr>
                <th scope="col">Customer or supplier</th>
                <th scope="col">Side</th>
                <th scope="col">Tax code</th>
                <th scope="col">By</th>
                {mayEdit && <th scope="col">Change</th>}
              </tr>
            </thead>
            <tbody>
              {own.map((one) => (
                <tr key={`${one.level} ${one.side} ${one.subject}`}>
                  <th scope="row">{named(one)}</th>
                  <td>{TAX_SIDE_LABELS[one.side]}</td>
                  <td>{one.taxCode ?? "as at home"}</td>
                  <td>
                    {LABELS[one.level]}, {personWords(one.saidBy)}
                  </td>
                  {mayEdit && (
                    <td>
                      <Button
                        size="compact-sm"
                        variant="default"
                        disabled={busy}
                        aria-label={`Remove the tax code of ${named(one)}`}
                        onClick={() => save({ ...one, taxCode: null })}
                      >
                        Remove
                      </Button>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
        {mayEdit && (
          <form
            className={classes.row}
            onSubmit={(event) => {
              event.preventDefault();
              save({ level: "contact", subject: subject.trim(), side, taxCode: code ?? "" }, () => setSubject(""));
            }}
          >
            <TextInput
              label="Customer or supplier"
              placeholder="its number"
              value={subject}
              onChange={(event) => setSubject(event.currentTarget.value)}
              disabled={busy}
            />
            <Select
              label="On"
              data={DOCUMENT_SIDES.map((value) => ({ value, label: TAX_SIDE_LABELS[value] }))}
              value={side}
              onChange={(value) => setSide(value === "purchase" ? "purchase" : "sales")}
              allowDeselect={false}
              disabled={busy}
            />
            <Select label="Tax code" data={[...choices]} value={code} onChange={setCode} searchable disabled={busy} />
            <Button type="submit" variant="default" loading={busy} disabled={subject.trim() === "" || code === null}>
              Save tax code
            </Button>
          </form>
        )}
        {error !== null && <Notice kind="bad">{error}</Notice>}
      </div>
    </Panel>
  );
}
