"use client";

import { Button } from "@mantine/core";
import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/page.tsx";
import type { FileKind } from "#lib/operational/fields.ts";
import { LACKING_LABELS, type UnknownCode, waitWords } from "#lib/operational/unknown-codes.ts";
import { FORMS, type FormOptions, type FormValues } from "../../record/form-fields.ts";
import { FormInput } from "../../record/form-input.tsx";
import { addUnknownCodes } from "../actions.ts";
import classes from "./questions.module.css";

/** The code is the file's; what follows it once its rate changes is said on its own page. */
const LATER: ReadonlySet<string> = new Set(["code", "followedBy", "followedFrom"]);

const keyOf = ({ what, code }: UnknownCode): string => `${what} ${code}`;

/** What a file's codes lack, made where it is seen: the file is read on without being chosen again. */
export function UnknownCodes({
  clientSlug,
  importId,
  kind,
  codes,
  stopped,
  options,
  mayAdd,
}: {
  readonly clientSlug: string;
  readonly importId: string;
  readonly kind: FileKind;
  readonly codes: readonly UnknownCode[];
  /** The file was not read to its end. */
  readonly stopped: boolean;
  readonly options: FormOptions;
  readonly mayAdd: boolean;
}) {
  const router = useRouter();
  const [given, setGiven] = useState<Readonly<Record<string, FormValues>>>({});
  const [fault, setFault] = useState<{ key: string; field: string; words: string } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, start] = useTransition();
  // A code that nobody has named is not added.
  const named = codes.filter((one) => `${given[keyOf(one)]?.name ?? ""}`.trim() !== "");

  const send = (chosen: readonly UnknownCode[]) =>
    start(async () => {
      setError(null);
      setFault(null);
      const answer = await addUnknownCodes({
        clientId: clientSlug,
        importId,
        codes: chosen.flatMap((one) => {
          const record = FORMS[one.what].record(null, { ...given[keyOf(one)], code: one.code });
          return record.what === "contact" || record.what === "product" ? [] : [record];
        }),
      });
      if (answer.ok) {
        setGiven({});
        return router.refresh();
      }
      const [, at = "", field = ""] = /^codes\.(\d+)\.(\w+)$/.exec(answer.error.field ?? "") ?? [];
      const wrong = chosen[Number(at)];
      if (at !== "" && wrong && FORMS[wrong.what].fields.some((one) => one.name === field && !LATER.has(one.name)))
        setFault({ key: keyOf(wrong), field, words: answer.error.message });
      else setError(answer.error.message);
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(named);
  };

  return (
    <Panel
      title={
        codes.length === 1 ? "1 code that this client does not have" : `${codes.length} codes that this client does not have`
      }
      padded
    >
      <form className={classes.questions} onSubmit={submit} noValidate>
        {codes.map((one) => {
          const key = keyOf(one);
          return (
            <fieldset key={key} className={classes.question} disabled={!mayAdd || busy}>
              <legend>
                {mayAdd ? "Add " : "Unknown: "}
                {LACKING_LABELS[one.what]} {one.code}
              </legend>
              <p>
                {waitWords(one, kind, stopped)}, first line {one.first}.
              </p>
              {mayAdd && (
                <div className={classes.fields}>
                  {FORMS[one.what].fields
                    .filter((field) => !LATER.has(field.name))
                    .map((field) => (
                      <FormInput
                        key={field.name}
                        field={field}
                        value={given[key]?.[field.name]}
                        error={fault?.key === key && fault.field === field.name ? fault.words : undefined}
                        options={options}
                        isNew
                        disabled={busy}
                        onChange={(value) =>
                          setGiven((before) => ({ ...before, [key]: { ...before[key], [field.name]: value } }))
                        }
                      />
                    ))}
                </div>
              )}
            </fieldset>
          );
        })}
        <p className={classes.since}>
          {mayAdd
            ? "Name each code to add it; the file is then read again and your answers are kept. If a code is wrong in the file, correct it where the file comes from."
            : "Your role may not add codes. Ask a member of staff."}
        </p>
        {mayAdd && (
          <div className={classes.buttons}>
            <Button type="submit" loading={busy} disabled={named.length === 0}>
              {named.length === 0
                ? "Add and continue"
                : named.length === 1
                  ? `Add ${LACKING_LABELS[named[0]?.what ?? "nominal-code"]} ${named[0]?.code} and continue`
                  : `Add ${named.length} codes and continue`}
            </Button>
            <Button variant="default" disabled={busy} onClick={() => send([])}>
              Read again: they have been added elsewhere
            </Button>
          </div>
        )}
        {error !== null && <Notice kind="bad">{error}</Notice>}
      </form>
    </Panel>
  );
}
