"use client";

import dynamic from "next/dynamic";
import { formatCount } from "#components/grid/words.ts";
import { countWords } from "#lib/common/count-words.ts";
import { createdWords } from "../record/create-words.ts";
import { excludeParties, holdRows } from "../withheld/actions.ts";
import { movedWords } from "../withheld/words.ts";
import { createParties, markExported, uploadData } from "./actions.ts";
import { Once } from "./once.tsx";
import { type Act, type Asked, uploadedWords } from "./use-export-actions.tsx";
import type { Wording } from "./words.ts";

// Loaded when first opened: none of them is part of the screen's first sight, and together with the drawer they are a tenth of its scripts.
const ChangesModal = dynamic(() => import("./changes-modal.tsx").then((file) => file.ChangesModal), { ssr: false });
const MarkModal = dynamic(() => import("./mark-modal.tsx").then((file) => file.MarkModal), { ssr: false });
const HoldModal = dynamic(() => import("../withheld/hold-modal.tsx").then((file) => file.HoldModal), { ssr: false });
const CreateModal = dynamic(() => import("../record/create-there.tsx").then((file) => file.CreateModal), { ssr: false });
const DriftModal = dynamic(() => import("./drift-modal.tsx").then((file) => file.DriftModal), { ssr: false });
const LockModal = dynamic(() => import("./lock-modal.tsx").then((file) => file.LockModal), { ssr: false });
const ExcludeModal = dynamic(() => import("../withheld/exclude-modal.tsx").then((file) => file.ExcludeModal), { ssr: false });
const LinkByIdModal = dynamic(() => import("../record/link-by-id.tsx").then((file) => file.LinkByIdModal), { ssr: false });

/** The questions that the Export screen asks before it does what was chosen. */
export function Dialogues({
  asked,
  clientId,
  wording,
  act,
  onLinked,
  onClose,
}: {
  readonly asked: Asked | null;
  readonly clientId: string;
  readonly wording: Wording;
  readonly act: Act;
  readonly onLinked: () => void;
  readonly onClose: () => void;
}) {
  const { locale, packageName } = wording;
  const number = (count: number) => formatCount(count, locale);
  const chosenFor = (what: "mark" | "hold" | "ignore" | "exclude") => (asked?.what === what ? asked.chosen : null);
  const marking = chosenFor("mark");
  const ignoring = chosenFor("ignore");
  const holding = ignoring ?? chosenFor("hold");
  const excluding = chosenFor("exclude");
  const changing = asked?.what === "changes" ? asked : null;
  const creating = asked?.what === "create" ? asked : null;
  const locking = asked?.what === "lock" ? asked : null;
  const drifting = asked?.what === "drift" ? asked : null;
  const linking = asked?.what === "link" ? asked.row : null;
  return (
    <>
      <Once when={marking !== null}>
        <MarkModal
          count={marking?.count ?? null}
          packageName={packageName}
          locale={locale}
          onClose={onClose}
          onMark={(reason) =>
            marking
              ? act(
                  markExported({ clientId, selection: marking.selection, reason }),
                  (data) => `${number(data.marked)} marked as exported.`,
                  marking.clear,
                )
              : Promise.resolve(null)
          }
        />
      </Once>
      <Once when={holding !== null}>
        <HoldModal
          what={
            holding === null
              ? null
              : (holding.count === 1 && holding.rows?.[0]?.reference) || countWords(holding.count, "row", locale)
          }
          how={ignoring === null ? "hold" : "ignore"}
          onClose={onClose}
          onHold={(reason) =>
            holding
              ? act(
                  holdRows({ clientId, selection: holding.selection, reason }),
                  (data) => (ignoring === null ? `${number(data.held)} on hold.` : `${number(data.held)} ignored.`),
                  holding.clear,
                )
              : Promise.resolve(null)
          }
        />
      </Once>
      <Once when={changing !== null}>
        <ChangesModal
          changes={changing?.changes ?? null}
          packageName={packageName}
          locale={locale}
          onClose={onClose}
          onUpload={() =>
            changing
              ? act(
                  uploadData({ clientId, selection: changing.chosen.selection, changesSeen: true }),
                  (data) => ("asks" in data ? null : uploadedWords(data, locale)),
                  changing.chosen.clear,
                )
              : Promise.resolve(null)
          }
        />
      </Once>
      <Once when={creating !== null}>
        <CreateModal
          question={creating?.question ?? null}
          packageName={packageName}
          locale={locale}
          onClose={onClose}
          onCreate={(hash) =>
            creating
              ? act(
                  createParties({ clientId, selection: creating.selection, hash }),
                  (data) => createdWords(data, packageName, locale) ?? "What is to be created has changed. Look again.",
                  creating.clear,
                )
              : Promise.resolve(null)
          }
        />
      </Once>
      <Once when={locking !== null}>
        <LockModal asked={locking} clientId={clientId} packageName={packageName} locale={locale} act={act} onClose={onClose} />
      </Once>
      <Once when={drifting !== null}>
        <DriftModal
          asked={drifting}
          clientId={clientId}
          packageName={packageName}
          locale={locale}
          onActed={onLinked}
          onClose={onClose}
        />
      </Once>
      <Once when={excluding !== null}>
        <ExcludeModal
          clientId={clientId}
          selection={excluding?.selection ?? null}
          locale={locale}
          onClose={onClose}
          onExclude={(selection) =>
            act(excludeParties({ clientId, selection }), (data) => movedWords(true, data), excluding?.clear)
          }
        />
      </Once>
      {linking && (
        <LinkByIdModal
          key={linking.id}
          opened
          onClose={onClose}
          onLinked={onLinked}
          postingId={linking.id}
          reference={linking.reference}
          clientId={clientId}
          wording={wording}
        />
      )}
    </>
  );
}
