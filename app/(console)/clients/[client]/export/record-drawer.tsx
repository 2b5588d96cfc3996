"use client";

import { Button, Drawer, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Amount } from "#components/ui/amount.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { fetchJson } from "#components/ui/fetch-json.ts";
import { Notice } from "#components/ui/notice.tsx";
import { clientKey } from "#components/ui/queries.ts";
import type { PostingCard } from "#db/queries/export/posting-grid.ts";
import { recordPath } from "#lib/common/record-paths.ts";
import { isDocumentKind, KIND_LABELS } from "#lib/common/records.ts";
import type { Wire } from "#lib/common/wire.ts";
import type { PackageSite } from "#lib/connectors/deep-link.ts";
import type { LockPolicy } from "#lib/model/lock-policy.ts";
import type { PostingSelection } from "#lib/pending/selection.ts";
import type { TimelineEntry } from "#lib/posting/timeline.ts";
import { DriftChoices } from "../record/drift-choices.tsx";
import { LinkById } from "../record/link-by-id.tsx";
import { OpenInPackage, packageIdsOf } from "../record/open-in-package.tsx";
import { Timeline } from "../record/timeline.tsx";
import { isLinkable } from "../record/words.ts";
import { Differences, type ExportRow, PrecheckCell, TickCell } from "./cells.tsx";
import { ErrorCard } from "./error-card.tsx";
import classes from "./export.module.css";
import { isLockCode, LockOffers, lockChoiceWords } from "./lock-offers.tsx";
import { nowWords } from "./now-words.ts";
import { howWords, stoppedCode, type Wording, whyHref } from "./words.ts";

interface Lived {
  readonly entries: readonly TimelineEntry[];
  readonly site: PackageSite | null;
}

/** One row opened: where it stands, why, and all that became of its record. */
export function RecordDrawer({
  row,
  clientId,
  wording,
  mayExport,
  mayRedate,
  onLock,
  onUndoLock,
  onChanged,
  onClose,
}: {
  readonly row: ExportRow | null;
  readonly clientId: string;
  readonly wording: Wording;
  readonly mayExport: boolean;
  readonly mayRedate: boolean;
  readonly onLock: (choice: LockPolicy, selection: PostingSelection) => void;
  readonly onUndoLock: (selection: PostingSelection, done: () => void) => void;
  /** The row has moved. */
  readonly onChanged: () => void;
  readonly onClose: () => void;
}) {
  const id = row?.id ?? null;
  const read = useQuery({
    queryKey: clientKey(clientId, "posting", id ?? ""),
    queryFn: ({ signal }) => fetchJson<Wire<PostingCard>>(`/api/clients/${clientId}/postings/${id}`, signal),
    enabled: id !== null,
  });
  const card = read.data ?? null;
  const recordId = card?.recordId ?? null;
  const life = useQuery({
    queryKey: clientKey(clientId, "timeline", recordId ?? ""),
    queryFn: ({ signal }) => fetchJson<Lived>(`/api/clients/${clientId}/records/${recordId}/timeline`, signal),
    enabled: recordId !== null,
  });
  const lived = life.data ?? null;
  const failed = (read.error ?? life.error)?.message ?? null;
  // The questions open over the rows, not over the drawer.
  const lockOffers = (code: string | null) =>
    mayExport &&
    card !== null &&
    !card.there &&
    isDocumentKind(card.kind) &&
    isLockCode(code) && (
      <LockOffers
        mayRedate={mayRedate}
        of={1}
        onChoose={(choice) => {
          onLock(choice, { ids: [card.id] });
          onClose();
        }}
      />
    );
  const stopped = card && stoppedCode(card);
  return (
    <Drawer
      opened={row !== null}
      onClose={onClose}
      position="right"
      size="md"
      title={row ? `${KIND_LABELS[row.kind]} ${row.reference}` : ""}
    >
      {failed && <Notice kind="bad">{failed}</Notice>}
      {card === null && !failed && (
        <div className={classes.drawerWaiting}>
          <Skeleton height={14} width="70%" />
          <Skeleton height={14} width="50%" />
          <Skeleton height={90} />
        </div>
      )}
      {card && (
        <div className={classes.drawer}>
          <dl className={classes.facts}>
            <dt>{card.kind === "product" ? "Name" : "Customer or supplier"}</dt>
            <dd>{card.party}</dd>
            <dt>Date</dt>
            <dd>
              <DateText date={card.issuedOn} locale={wording.locale} />
            </dd>
            {card.currency !== null && (
              <>
                <dt>Gross</dt>
                <dd>
                  <Amount minor={card.grossMinor} currency={card.currency} locale={wording.locale} withCurrency />
                </dd>
              </>
            )}
            <dt>{card.panel === "exported" ? `In ${wording.packageName}` : card.panel === "errors" ? "State" : "Pre-check"}</dt>
            <dd>
              {card.panel === "exported" ? (
                <TickCell row={card} wording={wording} />
              ) : card.panel === "errors" ? (
                {
                  held: card.there ? "Change held before sending" : "Held before sending",
                  rejected: "Refused",
                  conflict: "Different record there",
                  dead: "Given up",
                  unknown: "Checking",
                }[card.state as "held"]
              ) : (
                <span className={classes.wrap}>
                  <PrecheckCell row={card} wording={wording} />
                </span>
              )}
            </dd>
            {card.exportedAt && (
              <>
                <dt>Exported</dt>
                <dd>
                  <Moment at={card.exportedAt} timeZone={wording.timeZone} locale={wording.locale} /> · {howWords(card)}
                </dd>
              </>
            )}
            {card.markReason && (
              <>
                <dt>Reason</dt>
                <dd>{card.markReason}</dd>
              </>
            )}
            {card.lockChoice && (
              <>
                <dt>For its lock date</dt>
                <dd>
                  {lockChoiceWords(card.lockChoice, wording.locale)}
                  {mayExport && ["pending", "queued", "held", "rejected"].includes(card.state) && (
                    <>
                      {" "}
                      <Button
                        variant="subtle"
                        size="compact-xs"
                        onClick={() =>
                          onUndoLock({ ids: [card.id] }, () => {
                            onChanged();
                            onClose();
                          })
                        }
                      >
                        Cancel the choice
                      </Button>
                    </>
                  )}
                </dd>
              </>
            )}
            {card.confirmedAt && (
              <>
                <dt>Last seen</dt>
                <dd>
                  <Moment at={card.confirmedAt} timeZone={wording.timeZone} locale={wording.locale} />
                </dd>
              </>
            )}
            {packageIdsOf(card).length > 0 && (
              <>
                <dt>{card.externalId ? `${wording.packageName} id` : `What ${wording.packageName} holds`}</dt>
                <dd>
                  {packageIdsOf(card).map((id) => (
                    <OpenInPackage key={id} id={id} kind={card.kind} site={lived?.site ?? null} wording={wording} />
                  ))}
                </dd>
              </>
            )}
            {card.state === "unknown" && card.resolveAfter && (
              <>
                <dt>Next check at</dt>
                <dd>
                  <Moment at={card.resolveAfter} timeZone={wording.timeZone} locale={wording.locale} />
                </dd>
              </>
            )}
          </dl>
          {stopped !== null && (
            <ErrorCard
              code={stopped}
              detail={card.panel === "errors" ? card.errorDetail : card.precheckDetail}
              wording={wording}
              now={nowWords(card, wording)}
              offers={(card.panel === "errors" || card.state === "pending") && lockOffers(stopped)}
              conflicts={card.conflicts}
              site={lived?.site ?? null}
              why={null}
            />
          )}
          {card.differences && card.differences.length > 0 && <Differences row={card} wording={wording} />}
          {card.state === "drifted" && (
            <DriftChoices
              postingId={card.id}
              clientId={clientId}
              differences={card.differences ?? []}
              acceptedBy={card.driftAcceptedBy}
              mayExport={mayExport}
              wording={wording}
              onChanged={() => {
                onChanged();
                onClose();
              }}
            />
          )}
          <div className={classes.drawerActions}>
            <Link href={`${wording.base}${recordPath(card.kind, card.recordId)}`} className={classes.cardLink} prefetch={false}>
              Open the record
            </Link>
            <Link href={whyHref(card, wording)} className={classes.cardLink} prefetch={false}>
              {card.state === "confirmed" || card.state === "skipped" ? "Status" : "Why isn\u2019t this syncing?"}
            </Link>
            {mayExport && isLinkable(card.state) && (
              <LinkById
                postingId={card.id}
                reference={card.reference}
                clientId={clientId}
                wording={wording}
                onLinked={() => {
                  onChanged();
                  onClose();
                }}
              />
            )}
          </div>
          <section>
            <h3 className={classes.drawerHead}>Timeline</h3>
            {lived === null ? (
              <Skeleton height={90} />
            ) : (
              <Timeline
                entries={lived.entries}
                reference={card.reference}
                clientId={clientId}
                wording={wording}
                site={lived.site}
              />
            )}
          </section>
        </div>
      )}
    </Drawer>
  );
}
