"use client";

import { Group, NativeSelect, Select, Switch } from "@mantine/core";
import { useState } from "react";
import { Moment } from "#components/ui/date-text.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { saveNight } from "./actions.ts";
import { SaveLine } from "./sections.tsx";
import classes from "./setup.module.css";
import { useSave } from "./use-save.ts";

const HOURS = Array.from({ length: 24 }, (_, hour) => ({
  value: String(hour),
  label: `${String(hour).padStart(2, "0")}:00`,
}));

/** When the connection is asked by itself: the hour, the zone that it counts in, and the switch. */
export function NightSchedule({
  clientId,
  enabled,
  hour: savedHour,
  zone: savedZone,
  clientZone,
  nextAt,
  about,
  zones,
  locale,
  mayEdit,
  editedBy,
}: {
  readonly clientId: string;
  readonly enabled: boolean;
  readonly hour: number;
  /** Null: the client's own. */
  readonly zone: string | null;
  readonly clientZone: string;
  /** ISO 8601. */
  readonly nextAt: string | null;
  /** What a night does here, as the connection is set. */
  readonly about: string;
  readonly zones: readonly string[];
  readonly locale: string;
  readonly mayEdit: boolean;
  readonly editedBy: string;
}) {
  const { busy, said, save } = useSave();
  const [on, setOn] = useState(enabled);
  const [hour, setHour] = useState(String(savedHour));
  const [zone, setZone] = useState(savedZone ?? clientZone);
  const put = (next: boolean) =>
    save(
      () => saveNight({ clientId, enabled: next, hour: Number(hour), zone: zone === clientZone ? null : zone }),
      () => (next ? "Saved." : "Switched off. Records are sent only when someone uploads them."),
    );
  const changed = on !== enabled || Number(hour) !== savedHour || zone !== (savedZone ?? clientZone);
  return (
    <form
      className={classes.startDate}
      onSubmit={(event) => {
        event.preventDefault();
        put(on);
      }}
    >
      <p className={classes.plain}>{about}</p>
      {!mayEdit && <p className={classes.dim}>Only {editedBy} may change this.</p>}
      <Switch
        label="Run every night"
        checked={on}
        disabled={!mayEdit || busy}
        onChange={(event) => setOn(event.currentTarget.checked)}
      />
      <Group align="flex-end" gap="sm">
        <NativeSelect
          label="At"
          value={hour}
          data={HOURS}
          disabled={!mayEdit || busy || !on}
          onChange={(event) => setHour(event.currentTarget.value)}
        />
        <Select
          label="In the time zone"
          value={zone}
          data={zones.map((name) => ({ value: name, label: name === clientZone ? `${name} (the client’s)` : name }))}
          searchable
          allowDeselect={false}
          limit={200}
          w={260}
          disabled={!mayEdit || busy || !on}
          onChange={(value) => value !== null && setZone(value)}
        />
      </Group>
      <SaveLine
        id="nightly-run"
        dirty={changed}
        busy={busy}
        label="Save schedule"
        onUndo={() => {
          setOn(enabled);
          setHour(String(savedHour));
          setZone(savedZone ?? clientZone);
        }}
      />
      <p className={classes.plain}>
        {nextAt === null ? (
          "No nightly run for this client."
        ) : (
          <>
            Next run:{" "}
            <strong>
              <Moment at={nextAt} timeZone={savedZone ?? clientZone} locale={locale} />
            </strong>{" "}
            <span className={classes.dim}>
              {savedZone ?? clientZone}
              {savedZone !== null && savedZone !== clientZone && (
                <>
                  , which is <Moment at={nextAt} timeZone={clientZone} locale={locale} /> {clientZone}
                </>
              )}
            </span>
          </>
        )}
      </p>
      {said !== null && <Notice kind={said.good ? "good" : "bad"}>{said.message}</Notice>}
    </form>
  );
}
