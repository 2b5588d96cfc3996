"use client";

import { notifications } from "@mantine/notifications";
import { IconEye, IconEyeOff } from "@tabler/icons-react";
import { useCallback } from "react";
import type { GridAction } from "#components/grid/action-items.tsx";
import type { ListFilter } from "#components/grid/record-list.tsx";
import { excludeRecords } from "./actions.ts";
import { movedWords } from "./words.ts";

/** Narrows a list to what syncs, or to what does not. */
export const INTEGRATION_FILTER: ListFilter = {
  type: "choice",
  name: "excluded",
  label: "Show by integration",
  all: "All",
  options: [
    { value: "no", label: "Included" },
    { value: "yes", label: "Excluded" },
  ],
};

const ICON = { size: 16, stroke: 1.8, "aria-hidden": true } as const;

/** The entry of a list's context menu that excludes a record from the integration, or includes it again. */
export function useExclude(
  clientId: string,
  family: "contact" | "product",
): (row: { readonly id: string; readonly excluded: boolean }, reload: () => void) => readonly GridAction[] {
  return useCallback(
    (row, reload) => [
      {
        id: "exclude",
        label: row.excluded ? "Include in Accounting Integration" : "Exclude from Accounting Integration",
        icon: row.excluded ? <IconEye {...ICON} /> : <IconEyeOff {...ICON} />,
        run: () => {
          void excludeRecords({ clientId, family, ids: [row.id], excluded: !row.excluded }).then((answer) => {
            notifications.show(
              answer.ok
                ? { message: movedWords(!row.excluded, answer.data), autoClose: 6_000 }
                : { message: answer.error.message, color: "red", autoClose: 10_000 },
            );
            reload();
          });
        },
      },
    ],
    [clientId, family],
  );
}
