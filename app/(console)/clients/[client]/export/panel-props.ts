import type { ExportRow } from "./cells.tsx";
import type { Around } from "./use-around.ts";
import type { ExportActions } from "./use-export-actions.tsx";
import type { Wording } from "./words.ts";

/** What each of the three panels is given. */
export interface PanelProps {
  readonly clientId: string;
  readonly mayExport: boolean;
  readonly wording: Wording;
  readonly around: Around;
  readonly actions: ExportActions;
  /** Counts the actions: the rows are read again after each. */
  readonly acted: number;
  readonly onOpen: (row: ExportRow) => void;
}
