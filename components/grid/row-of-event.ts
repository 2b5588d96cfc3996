const INTERACTIVE = "a,button,input,select,textarea,summary,label";

/** The place of the row that an event is about; null for none. */
export function indexOf(target: EventTarget | null): number | null {
  if (!(target instanceof Element)) return null;
  const found = target.closest<HTMLElement>("[data-row-index]")?.dataset.rowIndex;
  return found === undefined ? null : Number(found);
}

/** Whether an event is about a link or a field within a row, which does what it does by itself. */
export function isWithinControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(INTERACTIVE) !== null;
}
