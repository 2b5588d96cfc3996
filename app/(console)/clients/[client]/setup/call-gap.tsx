"use client";

import { Group, NumberInput } from "@mantine/core";
import { useState } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { saveGap } from "./actions.ts";
import { SaveLine } from "./sections.tsx";
import classes from "./setup.module.css";
import { useSave } from "./use-save.ts";

/** The smallest gap between two calls of the connection. */
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
        Calls always stay within {packageName}’s limits. A gap spaces them further apart, for an organisation that is slow or that
        other programs use as well.
      </p>
      <Group align="flex-end" gap="sm">
        <NumberInput
          label="Minimum gap between calls (ms)"
          description={mayEdit ? `${ownMs} = ${packageName}’s default.` : `Only ${editedBy} may change this.`}
          value={gap}
          min={0}
          max={mostMs}
          step={100}
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
