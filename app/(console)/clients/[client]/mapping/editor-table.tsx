"use client";

import { useCallback } from "react";
import type { MappingKind } from "#lib/mapping/resolve.ts";
import { saveBanks, saveMapping } from "./actions.ts";
import { type Change, MappingTable } from "./mapping-table.tsx";

type Given = Omit<Parameters<typeof MappingTable>[0], "save">;

/** The table, bound to the action of its kind. */
export function EditorTable({ clientId, kind, ...given }: Given & { readonly clientId: string; readonly kind: MappingKind }) {
  const save = useCallback(
    (changes: readonly Change[]) =>
      kind === "bank"
        ? saveBanks({ clientId, changes: changes.map((one) => ({ accountExternalId: one.key, bankNominal: one.targetId })) })
        : saveMapping({
            clientId,
            kind,
            changes: changes.map((one) => ({ sourceCode: one.key, targetExternalId: one.targetId })),
          }),
    [clientId, kind],
  );
  return <MappingTable {...given} save={save} />;
}
