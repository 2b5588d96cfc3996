"use client";

import { Group, NumberInput } from "@mantine/core";
import { useState } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { saveGap } from "./actions.ts";
import { SaveLine } from "./sections.tsx";
import classes from "./setup.module.css";
import { useSave } from "./use-save.ts";

/** The least time between two calls of the connection. */
export function CallGap({
  clientId,
  gapMs,
  ownMs,
  mostMs,
  packageName,
  mayEdit,
  editedBy,
}: {
  readonly clientId: string;
  /** Null: the package's own. */
  readonly gapMs: number | null;
  readonly ownMs: number;
  readonly mostMs: number;
  readonly packageName: string;
  readonly mayEdit: boolean;
  readonly editedBy: string;
}) {
  const { busy, said, save } = useSave();
  const saved = gapMs ?? ownMs;
  const [gap, setGap] = useState<number | string>(saved);
  const next = typeof gap === "number" ? gap : null;
  return (
    <form
      className={classes.startDate}
      onSubmit={(event) => {
        event.preventDefault();
        if (next === null) return;
        save(
          () => saveGap({ clientId, gapMs: next === ownMs ? null : next }),
          () => "Saved. It applies from the next call.",
        );
      }}
    >
      <p className={classes.plain}>
        Calls keep within {packageName}’s limits by themselves. A gap spaces them further, one after the other: for a ledger that
        is slow, or that other programs share.
      </p>
      <Group align="flex-end" gap="sm">
        <NumberInput
          label="Least time between two calls"
          description={mayEdit ? `Milliseconds; ${ownMs} is ${packageName}’s own.` : `Only ${editedBy} may change this.`}
          value={gap}
          min={0}
          max={mostMs}
          step={100}
          suffix=" ms"
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="strict"
          disabled={!mayEdit || busy}
          onChange={setGap}
        />
      </Group>
      <SaveLine
        id="calls"
        dirty={next !== saved}
        busy={busy}
        label="Save gap"
        blocked={next === null}
        onUndo={() => setGap(saved)}
      />
      {said !== null && <Notice kind={said.good ? "good" : "bad"}>{said.message}</Notice>}
    </form>
  );
}
