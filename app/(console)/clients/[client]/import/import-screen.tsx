"use client";

import { notifications } from "@mantine/notifications";
import { useRouter } from "next/navigation";
import { useQueryStates } from "nuqs";
import { useState } from "react";
import type { GridPage } from "#components/grid/rows-query.ts";
import { type GridSelection, noSelection } from "#components/grid/selection.ts";
import { useGridRows } from "#components/grid/use-rows.ts";
import type { IncomingRow } from "#db/queries/payments/incoming-grid.ts";
import type { OpenApart, OpenDifferences } from "#db/queries/payments/open-apart.ts";
import type { NotOurs, PackageDocument } from "#db/queries/payments/package-documents.ts";
import type { ImportOverview } from "#lib/allocating/overview.ts";
import type { IncomingSelection } from "#lib/allocating/selection.ts";
import { countWords } from "#lib/common/count-words.ts";
import { BankMovements } from "./bank-movements.tsx";
import { ImportHead } from "./import-head.tsx";
import { ImportNotices } from "./import-notices.tsx";
import { OnlyThere } from "./only-there.tsx";
import { OpenDiffers } from "./open-differs.tsx";
import { PaymentDetails } from "./payment-details.tsx";
import { PaymentsPanel } from "./payments-panel.tsx";
import { UndoDialog } from "./undo-dialog.tsx";
import { useImportWork } from "./use-import-work.ts";
import { useOverview } from "./use-overview.ts";
import { filterOf, queryOf, VIEW } from "./view.ts";
import type { Wording } from "./words.ts";

export interface ImportScreenProps {
  readonly slug: string;
  readonly wording: Wording;
  readonly first: GridPage<IncomingRow>;
  readonly overview: ImportOverview;
  /** Why payments are not read: the integration is off, or the connection is one-way. Null while they are. */
  readonly stopped: string | null;
  /** What is only in the package, and the first documents of it. */
  readonly notOurs: NotOurs;
  readonly notOursDocuments: readonly PackageDocument[];
  /** Documents that are open by another amount there, and the first of those that nothing explains. */
  readonly differences: OpenDifferences;
  readonly differing: readonly OpenApart[];
  /** Whether this person may create & allocate. */
  readonly mayCreate: boolean;
  /** Who may, when this person may not: "a member of staff". */
  readonly whoMay: string;
}

/** The Import screen: payments read from the package, green-select, Create & allocate payments. */
export function ImportScreen(props: ImportScreenProps) {
  const { slug, wording, stopped, mayCreate } = props;
  const router = useRouter();
  const [view, setView] = useQueryStates(VIEW);
  const filter = filterOf(view);
  const query = queryOf(filter);
  const base = `/api/clients/${slug}/incoming-payments`;
  const source = `${base}?${query}&direction=${view.date}`;
  const rows = useGridRows<IncomingRow>(slug, source, props.first);
  const whole = filter.search === undefined && filter.side === undefined;
  const [overview, ask] = useOverview(slug, `${base}/totals?${query}`, props.overview, whole, (read) => {
    rows.reload();
    // What is only in the package is the server's to say.
    if (read) router.refresh();
  });
  const [selection, setSelection] = useState<GridSelection<IncomingRow>>(noSelection<IncomingRow>());
  const [opened, setOpened] = useState<IncomingRow | null>(null);
  const [undoing, setUndoing] = useState<IncomingSelection | null>(null);
  const clear = () => setSelection(noSelection<IncomingRow>());
  const moved = () => {
    clear();
    rows.reload();
  };
  const work = useImportWork(slug, ask, moved);

  return (
    <>
      <ImportHead slug={slug} overview={overview} work={work} stopped={stopped} mayCreate={mayCreate} wording={wording} />
      <ImportNotices overview={overview} stopped={stopped} failed={work.failed} rowsFailed={rows.failed} wording={wording}>
        <OpenDiffers differences={props.differences} first={props.differing} wording={wording} />
      </ImportNotices>
      <PaymentsPanel
        slug={slug}
        wording={wording}
        mayCreate={mayCreate}
        whoMay={props.whoMay}
        view={view}
        change={(next) => {
          clear();
          void setView(next);
        }}
        source={source}
        rows={rows}
        overview={overview}
        selection={selection}
        onSelect={setSelection}
        onOpen={setOpened}
        onUndo={setUndoing}
        work={work}
      >
        {overview.banks.length > 0 && <BankMovements banks={overview.banks} wording={wording} />}
        <OnlyThere totals={props.notOurs} documents={props.notOursDocuments} wording={wording} />
      </PaymentsPanel>
      <UndoDialog
        selection={undoing}
        slug={slug}
        wording={wording}
        onClose={() => setUndoing(null)}
        onDone={({ payments, refused }) => {
          setUndoing(null);
          moved();
          ask();
          notifications.show({
            title: "Undone",
            message: `${countWords(payments, "payment", wording.locale)} undone. You can create ${payments === 1 ? "it" : "them"} again.${refused > 0 ? ` ${countWords(refused, "payment", wording.locale)} not undone.` : ""}`,
            color: "gray",
          });
        }}
      />
      <PaymentDetails row={opened} wording={wording} onClose={() => setOpened(null)} />
    </>
  );
}
