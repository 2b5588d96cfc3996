"use client";

import { notifications } from "@mantine/notifications";
import {
  IconArrowBackUp,
  IconCalendarOff,
  IconCheck,
  IconCheckbox,
  IconExternalLink,
  IconEye,
  IconEyeOff,
  IconFileText,
  IconHandOff,
  IconHandStop,
  IconHelpCircle,
  IconLink,
  IconRefresh,
  IconShieldCheck,
  IconUpload,
  IconUserPlus,
} from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { GridAction } from "#components/grid/action-items.tsx";
import { formatCount } from "#components/grid/words.ts";
import { useWorkerDown } from "#components/shell/worker-down.tsx";
import type { HeldPostings } from "#db/queries/export/held-changes.ts";
import type { ActionAnswer } from "#lib/common/answer.ts";
import { formatMoment } from "#lib/common/dates.ts";
import { recordPath } from "#lib/common/record-paths.ts";
import { type PackageSite, packageLink } from "#lib/connectors/deep-link.ts";
import { LOCK_POLICIES, type LockPolicy } from "#lib/model/lock-policy.ts";
import type { PostingSelection } from "#lib/pending/selection.ts";
import type { DriftWay } from "#lib/posting/decide-many.ts";
import type { StaffPrecheck } from "#lib/posting/staff-precheck.ts";
import type { CreateQuestion } from "#lib/posting/unlink.ts";
import { packageIdsOf } from "../record/open-in-package.tsx";
import { isLinkable, lacksLink } from "../record/words.ts";
import { createParties, lookNow, retry, runPrecheck, stopRun, undoLock, undoMark, uploadData, withdraw } from "./actions.ts";
import type { CauseButton } from "./causes.tsx";
import type { ExportRow } from "./cells.tsx";
import { LOCK_OFFERS } from "./lock-offers.tsx";
import type { Chosen } from "./posting-panel.tsx";
import { type Wording, whyHref } from "./words.ts";

const ICON = { size: 16, stroke: 1.8, "aria-hidden": true } as const;
const NOTHING = "Select rows first.";

/** A question that an action asks before anything is done. */
export type Asked =
  | { readonly what: "mark" | "hold" | "ignore" | "exclude"; readonly chosen: Chosen }
  | {
      readonly what: "create";
      readonly selection: PostingSelection;
      readonly question: CreateQuestion;
      readonly clear?: () => void;
    }
  | { readonly what: "lock"; readonly choice: LockPolicy; readonly selection: PostingSelection; readonly clear?: () => void }
  | { readonly what: "drift"; readonly way: DriftWay; readonly chosen: Chosen }
  | { readonly what: "changes"; readonly chosen: Chosen; readonly changes: HeldPostings }
  | { readonly what: "link"; readonly row: ExportRow };

/** Does one thing and says what came of it. Answers why nothing was done, or null. */
export type Act = <Data>(
  work: Promise<ActionAnswer<Data>>,
  /** Null where nothing was done yet, since something is asked first. */
  say: (data: Data) => string | null,
  done?: () => void,
) => Promise<string | null>;

/** What came of an upload. */
export function uploadedWords(run: { readonly number: number; readonly chosen: number }, locale: string): string {
  return `Run ${run.number}: ${formatCount(run.chosen, locale)} on their way. Customers and products that they need are sent first.`;
}

/** By which lock dates a pre-check judged, where that is not as of now. */
function locksWords({ asOf, failed }: StaffPrecheck["locks"], { packageName, locale, timeZone }: Wording): string {
  if (failed === null) return "";
  const known =
    asOf === null
      ? `${packageName}\u2019s lock dates were never read`
      : `Judged by the lock dates read ${formatMoment(asOf, timeZone, locale)}`;
  return ` ${failed} ${known}.`;
}

/** What can be done with rows, as the panels are given it. */
export type ExportActions = ReturnType<typeof useExportActions>;

/** What can be done with the rows of the three panels, and why something cannot be done now. */
export function useExportActions({
  clientId,
  mayExport,
  mayRedate,
  blockers,
  wording,
  site,
  onActed,
  ask,
}: {
  readonly clientId: string;
  readonly mayExport: boolean;
  /** Re-dating moves a tax point: an adviser's. */
  readonly mayRedate: boolean;
  readonly blockers: readonly string[];
  readonly wording: Wording;
  readonly site: PackageSite | null;
  /** After every action, whatever came of it. */
  readonly onActed: () => void;
  readonly ask: (asked: Asked) => void;
}) {
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const { locale, packageName } = wording;
  const number = (count: number) => formatCount(count, locale);

  const act: Act = async (work, say, done) => {
    setBusy(true);
    try {
      const answer = await work;
      if (!answer.ok) {
        notifications.show({ message: answer.error.message, color: "red", autoClose: 10_000 });
        return answer.error.message;
      }
      const message = say(answer.data);
      if (message === null) return null;
      done?.();
      notifications.show({ message, autoClose: 6_000 });
      return null;
    } catch {
      const message = "The console cannot be reached, so nothing was changed. Check your connection.";
      notifications.show({ message, color: "red", autoClose: 10_000 });
      return message;
    } finally {
      setBusy(false);
      onActed();
    }
  };

  const upload = (chosen: Chosen) =>
    void act(
      uploadData({ clientId, selection: chosen.selection }),
      (data) => {
        if (!("asks" in data)) return uploadedWords(data, locale);
        ask({ what: "changes", chosen, changes: data.asks });
        return null;
      },
      chosen.clear,
    );
  const check = (selection: PostingSelection | null) =>
    void act(
      runPrecheck({ clientId, selection }),
      (data) =>
        `Pre-check: ${number(data.ready)} ready, ${number(data.warning)} with a note, ${number(data.blocked)} blocked. Nothing was sent.${locksWords(data.locks, wording)}`,
    );
  const takeBack = (chosen: Chosen) =>
    void act(
      withdraw({ clientId, selection: chosen.selection }),
      (data) => `${number(data.withdrawn)} withdrawn to Pending Export.`,
      chosen.clear,
    );
  const onCause = (button: CauseButton, selection: PostingSelection, done?: () => void) => {
    if (button === "look") {
      void act(lookNow({ clientId, selection }), (data) => `Looking up ${number(data.looking)} in ${packageName} now.`, done);
      return;
    }
    void act(retry({ clientId, selection }), (data) => `Run ${data.number}: ${number(data.chosen)} tried again.`, done);
  };

  const down = useWorkerDown();
  const uploadBlocked = (chosen: Chosen | null): string | undefined =>
    blockers.length > 0
      ? blockers.join(" ")
      : down !== undefined
        ? down
        : chosen === null
          ? NOTHING
          : busy
            ? "One moment."
            : undefined;
  const needs = (chosen: Chosen | null) => (chosen === null ? { blocked: NOTHING } : {});
  const all = (chosen: Chosen | null, states: readonly ExportRow["state"][]) =>
    chosen?.rows === null || chosen?.rows.some((row) => states.includes(row.state));

  const onLock = (choice: LockPolicy, selection: PostingSelection, clear?: () => void) =>
    ask({ what: "lock", choice, selection, ...(clear === undefined ? {} : { clear }) });
  const onCreate = (selection: PostingSelection, clear?: () => void) =>
    void act(createParties({ clientId, selection, hash: null }), (data) => {
      if ("asks" in data) ask({ what: "create", selection, question: data.asks, ...(clear === undefined ? {} : { clear }) });
      return null;
    });
  const createActions = (chosen: Chosen | null): GridAction[] =>
    chosen !== null && chosen.rows?.some((row) => lacksLink(row.errorCode ?? row.precheckCode)) === false
      ? []
      : [
          {
            id: "create",
            label: `Create the customers and products in ${packageName}`,
            icon: <IconUserPlus {...ICON} />,
            ...needs(chosen),
            run: () => chosen && onCreate(chosen.selection, chosen.clear),
          },
        ];
  const takeBackLock = (selection: PostingSelection, done?: () => void) =>
    void act(
      undoLock({ clientId, selection }),
      (data) => `${number(data.undone)} back in Pending Export, without the choice for the lock date.`,
      done,
    );
  const lockActions = (chosen: Chosen | null): GridAction[] =>
    LOCK_POLICIES.map((choice, index) => ({
      id: `lock-${choice}`,
      label: LOCK_OFFERS[choice],
      icon: <IconCalendarOff {...ICON} />,
      apart: index === 0,
      ...(chosen === null
        ? { blocked: NOTHING }
        : choice === "redate" && !mayRedate
          ? { blocked: "Only an adviser may re-date: it moves the tax point." }
          : {}),
      run: () => chosen && onLock(choice, chosen.selection, chosen.clear),
    }));

  const withhold = (chosen: Chosen | null): GridAction[] => [
    {
      id: "hold",
      label: "Hold with a reason",
      icon: <IconHandStop {...ICON} />,
      ...needs(chosen),
      run: () => chosen && ask({ what: "hold", chosen }),
    },
    {
      id: "exclude",
      label: "Exclude customer, supplier or product",
      icon: <IconEyeOff {...ICON} />,
      ...needs(chosen),
      run: () => chosen && ask({ what: "exclude", chosen }),
    },
  ];
  const pendingActions = (chosen: Chosen | null): GridAction[] => {
    const blocked = uploadBlocked(chosen);
    return [
      {
        id: "upload",
        label: chosen ? `Upload data (${number(chosen.count)})` : "Upload data",
        icon: <IconUpload {...ICON} />,
        ...(blocked === undefined ? {} : { blocked }),
        run: () => chosen && upload(chosen),
      },
      {
        id: "precheck",
        label: chosen ? "Run pre-check" : "Run pre-check on all",
        icon: <IconShieldCheck {...ICON} />,
        run: () => check(chosen?.selection ?? null),
      },
      {
        id: "mark",
        label: "Mark as exported",
        icon: <IconCheckbox {...ICON} />,
        ...needs(chosen),
        run: () => chosen && ask({ what: "mark", chosen }),
      },
      {
        id: "withdraw",
        label: "Withdraw",
        icon: <IconHandOff {...ICON} />,
        ...(chosen === null
          ? { blocked: NOTHING }
          : all(chosen, ["queued", "waiting"])
            ? {}
            : { blocked: "None of these rows is queued." }),
        run: () => chosen && takeBack(chosen),
      },
      ...withhold(chosen),
      ...createActions(chosen),
      ...lockActions(chosen),
    ];
  };
  const driftActions = (chosen: Chosen | null): GridAction[] =>
    (["accept", "resend"] as const).map((way, index) => ({
      id: `drift-${way}`,
      label: way === "accept" ? `Keep ${packageName}\u2019s version` : "Send ours again",
      icon: way === "accept" ? <IconCheck {...ICON} /> : <IconRefresh {...ICON} />,
      apart: index === 0,
      ...(chosen === null
        ? { blocked: NOTHING }
        : all(chosen, ["drifted"])
          ? {}
          : { blocked: `None of these rows differs from ${packageName}.` }),
      run: () => chosen && ask({ what: "drift", way, chosen }),
    }));
  const exportedActions = (chosen: Chosen | null): GridAction[] => [
    {
      id: "undo-mark",
      label: "Undo mark",
      icon: <IconArrowBackUp {...ICON} />,
      ...(chosen === null
        ? { blocked: NOTHING }
        : all(chosen, ["skipped"])
          ? {}
          : { blocked: `Records in ${packageName} stay exported.` }),
      run: () =>
        chosen &&
        void act(
          undoMark({ clientId, selection: chosen.selection }),
          (data) => `${number(data.undone)} back in Pending Export.`,
          chosen.clear,
        ),
    },
    ...driftActions(chosen),
  ];
  const errorActions = (chosen: Chosen | null): GridAction[] => [
    {
      id: "retry",
      label: "Retry",
      icon: <IconRefresh {...ICON} />,
      ...(chosen === null
        ? { blocked: NOTHING }
        : all(chosen, ["rejected", "held", "dead"])
          ? {}
          : { blocked: "Rows being checked can't be retried." }),
      run: () => chosen && onCause("retry", chosen.selection, chosen.clear),
    },
    {
      id: "look",
      label: "Look now",
      icon: <IconEye {...ICON} />,
      ...(chosen === null
        ? { blocked: NOTHING }
        : all(chosen, ["unknown"])
          ? {}
          : { blocked: "The outcome of these rows is known." }),
      run: () => chosen && onCause("look", chosen.selection, chosen.clear),
    },
    {
      id: "mark",
      label: "Mark as exported",
      icon: <IconCheckbox {...ICON} />,
      ...(chosen === null
        ? { blocked: NOTHING }
        : all(chosen, ["held", "rejected", "conflict", "dead"])
          ? {}
          : { blocked: "These rows are being checked." }),
      run: () => chosen && ask({ what: "mark", chosen }),
    },
    {
      id: "withdraw",
      label: "Withdraw",
      icon: <IconHandOff {...ICON} />,
      ...(chosen === null ? { blocked: NOTHING } : all(chosen, ["held"]) ? {} : { blocked: "Only held rows can be withdrawn." }),
      run: () => chosen && takeBack(chosen),
    },
    {
      id: "ignore",
      label: "Ignore with a reason",
      icon: <IconEyeOff {...ICON} />,
      ...(chosen === null
        ? { blocked: NOTHING }
        : all(chosen, ["held", "rejected", "conflict", "dead"])
          ? {}
          : { blocked: "These rows are being checked." }),
      run: () => chosen && ask({ what: "ignore", chosen }),
    },
    ...createActions(chosen),
    // Offered where rows of a locked date may be among them.
    ...(chosen?.rows === null || chosen?.rows.some((row) => row.errorCode === "package.period-locked")
      ? lockActions(chosen)
      : []),
  ];

  const rowActions = (row: ExportRow): GridAction[] => {
    const [externalId] = packageIdsOf(row);
    const href = site !== null && externalId !== undefined ? packageLink(site, row.kind, externalId) : null;
    return [
      {
        id: "open",
        label: "Open record",
        icon: <IconFileText {...ICON} />,
        apart: mayExport,
        run: () => router.push(`${wording.base}${recordPath(row.kind, row.recordId)}`),
      },
      {
        id: "why",
        label: "Why isn\u2019t this syncing?",
        icon: <IconHelpCircle {...ICON} />,
        ...(row.state === "confirmed" ? { blocked: `${packageName} agrees with it.` } : {}),
        run: () => router.push(whyHref(row, wording)),
      },
      {
        id: "open-in-package",
        label: `Open in ${packageName}`,
        icon: <IconExternalLink {...ICON} />,
        ...(href === null ? { blocked: `${packageName} may not have it.` } : { href }),
        run: () => {},
      },
      ...(mayExport
        ? [
            {
              id: "link",
              label: "Link by pasted id",
              icon: <IconLink {...ICON} />,
              ...(isLinkable(row.state) ? {} : { blocked: "It is already linked, or being sent." }),
              run: () => ask({ what: "link", row }),
            },
          ]
        : []),
    ];
  };

  const stop = (runId: string) =>
    void act(stopRun({ clientId, runId }), (data) => `Stopping. ${number(data.withdrawn)} withdrawn to Pending Export.`);

  return {
    busy,
    act,
    upload,
    uploadBlocked,
    onCause,
    onLock,
    onCreate,
    takeBackLock,
    stop,
    pendingActions,
    exportedActions,
    errorActions,
    rowActions,
  };
}
