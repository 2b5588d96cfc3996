import type { ReactNode } from "react";
import { Panel } from "#components/ui/page.tsx";
import type { AmendedSince } from "#db/queries/postings/reissue.ts";
import type { RecordKind } from "#lib/common/records.ts";
import { isOnItsWay } from "#lib/model/states.ts";
import type { CorrectionPlan } from "#lib/posting/correction-plan.ts";
import { PlanOfCorrection } from "../corrections/correction-tables.tsx";
import { DriftChoices } from "./drift-choices.tsx";
import { LinkById } from "./link-by-id.tsx";
import { ClearLink, CreateThere } from "./link-state.tsx";
import type { RecordRead } from "./read.ts";
import { Reissue } from "./reissue.tsx";
import { InThePackage } from "./standing.tsx";
import { WhyNot } from "./why.tsx";
import { isLinkable, lacksLink } from "./words.ts";

/** Where a record stands in the package, with what may be done about it. */
export function PackagePanel({
  record,
  clientId,
  mayExport,
  actions,
  amended = null,
  correction = null,
  made = null,
}: {
  readonly record: RecordRead;
  readonly clientId: string;
  readonly mayExport: boolean;
  /** More of them, for this kind of record. */
  readonly actions?: ReactNode;
  /** Of a document that was amended since the package took it: both amounts. */
  readonly amended?: AmendedSince | null;
  /** What a credit note and reissue of it would do; null where none may be made. */
  readonly correction?: CorrectionPlan | null;
  /** The way to the correction that it is part of. */
  readonly made?: ReactNode;
}) {
  const { standing, wording, site } = record;
  return (
    <Panel
      title={site === null ? "In the package" : `In ${wording.packageName}`}
      actions={
        mayExport &&
        standing !== null && (
          <>
            {actions}
            {isLinkable(standing.state) && (
              <LinkById postingId={standing.postingId} reference={standing.reference} clientId={clientId} wording={wording} />
            )}
            {isParty(standing.kind) && standing.there !== null && !isOnItsWay(standing.state) && (
              <ClearLink postingId={standing.postingId} reference={standing.reference} clientId={clientId} wording={wording} />
            )}
            {/* What stopped it once stays on the row: a record that is linked again has nothing to create. */}
            {isParty(standing.kind) && standing.there === null && lacksLink(standing.errorCode ?? standing.precheckCode) && (
              <CreateThere postingId={standing.postingId} reference={standing.reference} clientId={clientId} wording={wording} />
            )}
          </>
        )
      }
      padded
    >
      <InThePackage standing={standing} wording={wording} site={site} conflicts={record.conflicts} />
      <WhyNot diagnosis={record.diagnosis} wording={wording} />
      {mayExport && standing !== null && correction !== null && (
        <Reissue
          postingId={standing.postingId}
          clientId={clientId}
          wording={wording}
          amended={amended}
          plan={<PlanOfCorrection plan={correction} wording={wording} />}
          voided={correction.reissue === null}
        />
      )}
      {made}
      {standing?.state === "drifted" && (
        <DriftChoices
          postingId={standing.postingId}
          clientId={clientId}
          differences={standing.differences ?? []}
          acceptedBy={standing.driftAcceptedBy}
          mayExport={mayExport}
          wording={wording}
        />
      )}
    </Panel>
  );
}

const isParty = (kind: RecordKind) => kind === "customer" || kind === "supplier" || kind === "product";
