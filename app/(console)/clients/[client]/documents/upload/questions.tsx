"use client";

import { Button } from "@mantine/core";
import { useRouter } from "next/navigation";
import { useState, useTransition } from "react";
import { Moment } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/page.tsx";
import type { FileQuestion, Remember, SettledQuestion } from "#lib/operational/questions.ts";
import { answerUpload } from "../actions.ts";
import classes from "./questions.module.css";

const KEPT: Readonly<Record<Remember, string>> = {
  headings: "Once you commit this file, the answer is remembered for this profile and these headings.",
  client: "Once you commit this file, the answer is remembered for this client.",
  no: "You are asked this for each file.",
};

/** What a file cannot tell, asked once for the file, and what was answered before, with a way to change it. */
export function Questions({
  clientSlug,
  importId,
  questions,
  settled,
  mayAnswer,
  locale,
  timeZone,
}: {
  clientSlug: string;
  importId: string;
  questions: readonly FileQuestion[];
  settled: readonly SettledQuestion[];
  mayAnswer: boolean;
  locale: string;
  timeZone: string;
}) {
  const router = useRouter();
  const [chosen, setChosen] = useState<Readonly<Record<string, string>>>({});
  const [error, setError] = useState<string | null>(null);
  const [busy, start] = useTransition();
  const missing = questions.filter((question) => chosen[question.id] === undefined).length;

  const send = (answers: Record<string, string | null>) =>
    start(async () => {
      setError(null);
      const answer = await answerUpload({ clientId: clientSlug, importId, answers });
      if (!answer.ok) return setError(answer.error.message);
      setChosen({});
      router.refresh();
    });

  return (
    <>
      {questions.length > 0 && (
        <Panel
          title={questions.length === 1 ? "1 question to answer first" : `${questions.length} questions to answer first`}
          padded
        >
          <form
            className={classes.questions}
            onSubmit={(event) => {
              event.preventDefault();
              send(Object.fromEntries(questions.map(({ id }) => [id, chosen[id] ?? ""])));
            }}
          >
            {questions.map((question) => (
              <fieldset key={question.id} className={classes.question} disabled={!mayAnswer || busy}>
                <legend>{question.text}</legend>
                <p>{question.why}</p>
                <div className={classes.options}>
                  {question.options.map((option) => (
                    <label key={option.value} className={classes.option}>
                      <input
                        type="radio"
                        name={question.id}
                        value={option.value}
                        checked={chosen[question.id] === option.value}
                        onChange={() => setChosen({ ...chosen, [question.id]: option.value })}
                      />
                      <span>
                        <strong>{option.label}</strong>
                        {option.comesTo.split("\n").map((line) => (
                          <span key={line} className={classes.comesTo}>
                            {line}
                          </span>
                        ))}
                      </span>
                    </label>
                  ))}
                </div>
                <p>{KEPT[question.remember]}</p>
              </fieldset>
            ))}
            {mayAnswer && (
              <div>
                <Button type="submit" loading={busy} disabled={missing > 0}>
                  {questions.length === 1 ? "Answer" : "Answer all"}
                </Button>
              </div>
            )}
          </form>
        </Panel>
      )}
      {settled.length > 0 && (
        <Panel title="Answers given" padded>
          <ul className={classes.settled}>
            {settled.map((one) => (
              <li key={one.id}>
                <span>
                  {one.text} <strong>{one.label}</strong>{" "}
                  {one.since !== null && (
                    <span className={classes.since}>
                      As {one.since.by} answered on <Moment at={one.since.at} timeZone={timeZone} locale={locale} />.
                    </span>
                  )}
                </span>
                {mayAnswer && (
                  <Button
                    size="compact-sm"
                    variant="default"
                    disabled={busy}
                    aria-label={`Change the answer: ${one.text}`}
                    onClick={() => send({ [one.id]: null })}
                  >
                    Change
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {error !== null && <Notice kind="bad">{error}</Notice>}
    </>
  );
}
