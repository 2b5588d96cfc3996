// biome-ignore-all lint/a11y/useSemanticElements: on a narrow screen a row is two lines, which a table cannot be
"use client";

import { Button, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAlertTriangle, IconArrowBackUp, IconFilter, IconSparkles } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import {
  type FocusEvent,
  type KeyboardEvent,
  memo,
  useCallback,
  useDeferredValue,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useTransition,
} from "react";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Kbd } from "#components/ui/kbd.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/page.tsx";
import type { ActionAnswer } from "#lib/common/answer.ts";
import classes from "./mapping.module.css";
import { searchTargets, type Target, targetLabel } from "./search-targets.ts";

export interface TableRow {
  readonly key: string;
  readonly code: string | null;
  readonly name: string;
  readonly note: string | null;
  readonly waiting: number;
  /** "£48,120.00", sales and purchases apart. */
  readonly worth: string;
  readonly targetId: string | null;
  readonly targetLabel: string | null;
  readonly level: string | null;
  /** Why the saved target doesn't work. */
  readonly fault: string | null;
  readonly suggestion: { readonly id: string; readonly reason: string } | null;
  readonly notUsed: boolean;
}

export interface TableWords {
  /** "Nominal code". */
  readonly source: string;
  /** "Account in Xero". */
  readonly target: string;
  /** "documents" or "payments". */
  readonly waiting: readonly [string, string];
  readonly empty: string;
}

export interface SavedAnswer {
  readonly saved: number;
  readonly cleared: number;
  readonly ready: number;
  readonly blocked: number;
  readonly released: number;
  readonly warnings: readonly string[];
}

export type Change = { readonly key: string; readonly targetId: string | null };

interface Props {
  readonly title: string;
  readonly rows: readonly TableRow[];
  readonly targets: readonly Target[];
  readonly words: TableWords;
  readonly mayEdit: boolean;
  /** Who may, when this person may not. */
  readonly editedBy: string;
  /** The row to open at. */
  readonly focusKey: string | null;
  readonly onlyOpen: boolean;
  /** One row a target: a bank account stands for one nominal. */
  readonly oneToOne: boolean;
  readonly save: (changes: readonly Change[]) => Promise<ActionAnswer<SavedAnswer>>;
}

const NOTHING: ReadonlyMap<string, string | null> = new Map();

/** The mapping editor: one row a code, one shared list of targets, keyboard all through, nothing saved before Save. */
export function MappingTable(props: Props) {
  const { rows, targets, words, mayEdit } = props;
  const router = useRouter();
  const [edits, setEdits] = useState(NOTHING);
  const [fault, setFault] = useState<{ key: string | null; message: string } | null>(null);
  const [warnings, setWarnings] = useState<readonly string[]>([]);
  const [onlyOpen, setOnlyOpen] = useState(props.onlyOpen);
  const [filter, setFilter] = useState("");
  const wanted = useDeferredValue(filter);
  const [saving, startSaving] = useTransition();
  const targetById = useMemo(() => new Map(targets.map((target) => [target.id, target])), [targets]);
  const body = useRef<HTMLDivElement>(null);

  const isOpen = useCallback((row: TableRow) => (row.targetId === null || row.fault !== null) && !row.notUsed, []);
  const openCount = rows.filter(isOpen).length;
  const shown = useMemo(() => {
    const text = wanted.trim().toLowerCase();
    return rows.filter(
      (row) =>
        (!onlyOpen || isOpen(row) || row.key === props.focusKey) &&
        (text === "" || `${row.code ?? ""} ${row.name} ${row.targetLabel ?? ""}`.toLowerCase().includes(text)),
    );
  }, [rows, wanted, onlyOpen, isOpen, props.focusKey]);

  const change = useCallback(
    (key: string, targetId: string | null) => {
      setFault(null);
      setEdits((before) => {
        const after = new Map(before);
        const saved = rows.find((row) => row.key === key);
        if (saved && saved.targetId === targetId && saved.level === "Client") after.delete(key);
        else if (saved && saved.targetId === null && targetId === null) after.delete(key);
        else after.set(key, targetId);
        return after;
      });
    },
    [rows],
  );

  const list = useTargetList(targets, targetById, change, body);

  // biome-ignore lint/correctness/useExhaustiveDependencies: opens at the row once, when the page comes
  useEffect(() => {
    if (props.focusKey === null) return;
    const input = inputOf(body.current, props.focusKey);
    input?.scrollIntoView({ block: "center" });
    input?.focus({ preventScroll: true });
  }, []);

  useEffect(() => {
    if (edits.size === 0) return;
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", hold);
    return () => window.removeEventListener("beforeunload", hold);
  }, [edits]);

  const saveAll = useCallback(() => {
    if (edits.size === 0 || saving) return;
    startSaving(async () => {
      const changes = [...edits].map(([key, targetId]) => ({ key, targetId }));
      const answer = await props.save(changes);
      if (!answer.ok) {
        setFault({ key: answer.error.field ?? null, message: answer.error.message });
        const input = answer.error.field === undefined ? null : inputOf(body.current, answer.error.field);
        input?.focus();
        return;
      }
      setEdits(NOTHING);
      setFault(null);
      setWarnings(answer.data.warnings);
      notifications.show({ message: savedSentence(answer.data), color: "ink", autoClose: 8000 });
      router.refresh();
    });
  }, [edits, saving, props.save, router]);

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        saveAll();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [saveAll]);

  const offers = shown.filter((row) => row.suggestion !== null && !edits.has(row.key) && mayEdit);
  const acceptAll = () => {
    setEdits((before) => {
      const after = new Map(before);
      for (const row of offers) if (row.suggestion) after.set(row.key, row.suggestion.id);
      return after;
    });
  };
  const takenBy = useMemo(() => codesByTarget(rows, edits), [rows, edits]);

  return (
    <>
      <Panel
        title={props.title}
        aside={openCount === 0 ? `${rows.length}, all mapped` : `${openCount} of ${rows.length} not mapped`}
        actions={
          <>
            <TextInput
              size="xs"
              className={classes.filter}
              aria-label="Filter these rows"
              placeholder="Filter these rows"
              leftSection={<IconFilter size={15} aria-hidden />}
              value={filter}
              onChange={(event) => setFilter(event.currentTarget.value)}
            />
            <Button variant="default" aria-pressed={onlyOpen} onClick={() => setOnlyOpen((before) => !before)}>
              {onlyOpen ? "Show all" : "Only unmapped"}
            </Button>
            {offers.length > 0 && (
              <Button variant="default" leftSection={<IconSparkles size={15} aria-hidden />} onClick={acceptAll}>
                {offers.length === 1 ? "Accept 1 suggestion" : `Accept ${offers.length} suggestions`}
              </Button>
            )}
          </>
        }
      >
        {fault && (
          <div className={classes.above}>
            <Notice kind="bad">{fault.message} Nothing was saved.</Notice>
          </div>
        )}
        {warnings.length > 0 && (
          <div className={classes.above}>
            <Notice kind="warning">
              Saved, but some lines cannot go like this:
              <ul className={classes.warnings}>
                {warnings.map((warning) => (
                  <li key={warning}>{warning}</li>
                ))}
              </ul>
            </Notice>
          </div>
        )}
        <div role="table" aria-label={props.title} aria-rowcount={shown.length + 1} ref={body} {...list.bodyProps}>
          <div role="row" tabIndex={-1} className={`${classes.row} ${classes.head}`}>
            <span role="columnheader" tabIndex={-1}>
              {words.source}
            </span>
            <span role="columnheader" tabIndex={-1}>
              Name
            </span>
            <span role="columnheader" tabIndex={-1} className={classes.end}>
              Waiting
            </span>
            <span role="columnheader" tabIndex={-1}>
              {words.target}
            </span>
            <span role="columnheader" tabIndex={-1}>
              Set at
            </span>
          </div>
          {shown.map((row) => {
            const edited = edits.has(row.key);
            const targetId = edited ? (edits.get(row.key) ?? null) : row.targetId;
            const target = targetId === null ? undefined : targetById.get(targetId);
            return (
              <Row
                key={row.key}
                row={row}
                words={words}
                edited={edited}
                label={target ? targetLabel(target) : edited ? "" : (row.targetLabel ?? "")}
                rate={target?.rate ?? null}
                suggested={row.suggestion && !edited ? targetById.get(row.suggestion.id) : undefined}
                bad={fault !== null && (fault.key === row.key || fault.key === row.code)}
                mayEdit={mayEdit}
                onAccept={change}
                list={list.rowProps}
              />
            );
          })}
          {shown.length === 0 && (
            <EmptyState
              title={
                rows.length === 0 ? "Nothing to map yet" : onlyOpen && filter === "" ? "Everything is mapped" : "No row matches"
              }
              body={
                rows.length === 0
                  ? words.empty
                  : onlyOpen && filter === ""
                    ? "A new code shows here as soon as a document uses it."
                    : "Change the filter above."
              }
            />
          )}
        </div>
        <footer className={classes.foot}>
          {mayEdit ? (
            <>
              <span>
                <Kbd>↑</Kbd> <Kbd>↓</Kbd> rows
              </span>
              <span>type to search</span>
              <span>
                <Kbd>Enter</Kbd> choose, or accept the suggestion
              </span>
              <span>
                <Kbd>Del</Kbd> clear
              </span>
              <span>
                <Kbd>Ctrl S</Kbd> save
              </span>
            </>
          ) : (
            <span>Read only: {props.editedBy} may change it.</span>
          )}
        </footer>
      </Panel>

      <Shared targets={targets} takenBy={takenBy} heading={words.target} />
      {list.popover(takenBy, props.oneToOne)}

      {edits.size > 0 && (
        <div className={classes.bar} role="group" aria-label="Unsaved changes">
          <span role="status">{edits.size === 1 ? "1 unsaved change" : `${edits.size} unsaved changes`}</span>
          <Button
            variant="default"
            leftSection={<IconArrowBackUp size={15} aria-hidden />}
            onClick={() => {
              setEdits(NOTHING);
              setFault(null);
            }}
            disabled={saving}
          >
            Undo
          </Button>
          <Button onClick={saveAll} loading={saving}>
            Save {edits.size === 1 ? "1 change" : `${edits.size} changes`}
          </Button>
        </div>
      )}
    </>
  );
}

interface RowProps {
  readonly row: TableRow;
  readonly words: TableWords;
  readonly edited: boolean;
  readonly label: string;
  readonly rate: string | null;
  readonly suggested: Target | undefined;
  readonly bad: boolean;
  readonly mayEdit: boolean;
  readonly onAccept: (key: string, targetId: string | null) => void;
  readonly list: RowListProps;
}

/** Drawn again only when its own mapping changes: 500 of them must not slow a keystroke down. */
const Row = memo(function Row({ row, words, edited, label, rate, suggested, bad, mayEdit, onAccept, list }: RowProps) {
  const named = row.code === null ? row.name : `${row.code} ${row.name}`;
  const differs = rate !== null && row.note !== null && !sameNumber(row.note, rate);
  const note = edited ? null : row.fault;
  const input = useRef<HTMLInputElement>(null);
  // Uncontrolled, so that typing draws nothing here again; what was chosen is written in.
  useLayoutEffect(() => {
    if (input.current) input.current.value = label;
  }, [label]);
  return (
    <div
      role="row"
      tabIndex={-1}
      className={`${classes.row} ${edited ? classes.edited : ""} ${bad ? classes.bad : ""}`}
      data-key={row.key}
    >
      <span role="rowheader" tabIndex={-1} className={classes.code}>
        {row.code ?? <span className={classes.dim}>No code</span>}
      </span>
      <span role="cell" className={classes.name}>
        {row.name}
        {row.note !== null && <span className={classes.note}>{row.note}</span>}
      </span>
      <span role="cell" className={`${classes.waiting} ${classes.end}`}>
        {row.waiting > 0 && (
          <>
            {row.waiting.toLocaleString("en-GB")} {row.waiting === 1 ? words.waiting[0] : words.waiting[1]}
            <span className={classes.note}>{row.worth}</span>
          </>
        )}
      </span>
      <span role="cell" className={classes.target}>
        {row.notUsed && label === "" ? (
          <span className={classes.dim}>Not used: stock and cost-of-sale codes are never posted</span>
        ) : (
          <input
            className={classes.input}
            role="combobox"
            aria-label={`${words.target} for ${named}`}
            aria-autocomplete="list"
            aria-expanded={false}
            aria-controls={list.listId}
            aria-invalid={bad || note !== null}
            data-row={row.key}
            data-label={label}
            data-suggestion={suggested?.id}
            placeholder={suggested ? `Suggested: ${targetLabel(suggested)}` : mayEdit ? "Type a code or name" : "Not mapped"}
            autoComplete="off"
            spellCheck={false}
            readOnly={!mayEdit}
            ref={input}
            defaultValue={label}
          />
        )}
        {suggested && row.suggestion && mayEdit && (
          <button
            type="button"
            className={classes.chip}
            tabIndex={-1}
            onClick={() => onAccept(row.key, suggested.id)}
            title={`Suggested: ${targetLabel(suggested)}`}
          >
            <IconSparkles size={13} aria-hidden /> {row.suggestion.reason}
          </button>
        )}
        {note !== null && (
          <span className={classes.fault}>
            <IconAlertTriangle size={15} aria-hidden /> {note}
          </span>
        )}
        {differs && (
          <span className={classes.differs}>
            <IconAlertTriangle size={15} aria-hidden /> Ours is {row.note}, theirs {plainRate(rate)}%
          </span>
        )}
      </span>
      <span role="cell" className={classes.level}>
        {edited ? (
          <span className={classes.unsaved}>Unsaved</span>
        ) : row.level !== null ? (
          <span className={classes.badge}>{row.level}</span>
        ) : row.notUsed ? null : (
          <span className={row.waiting > 0 ? classes.open : classes.dim}>Not mapped</span>
        )}
      </span>
    </div>
  );
});

/** Which codes go to each target, with what is not saved yet. */
function codesByTarget(
  rows: readonly TableRow[],
  edits: ReadonlyMap<string, string | null>,
): ReadonlyMap<string, readonly TableRow[]> {
  const found = new Map<string, TableRow[]>();
  for (const row of rows) {
    const id = edits.has(row.key) ? (edits.get(row.key) ?? null) : row.targetId;
    if (id === null) continue;
    found.set(id, [...(found.get(id) ?? []), row]);
  }
  return found;
}

/** Targets with the codes that share them: many codes to one account, seen from the account. */
function Shared({
  targets,
  takenBy,
  heading,
}: {
  targets: readonly Target[];
  takenBy: ReadonlyMap<string, readonly TableRow[]>;
  heading: string;
}) {
  const used = targets.filter((target) => takenBy.has(target.id));
  if (used.length === 0) return null;
  return (
    <div className={classes.shared}>
      <Panel title={`${heading}, and what goes there`} aside={String(used.length)} padded>
        <ul className={classes.sharedList}>
          {used.map((target) => (
            <li key={target.id} data-target={target.code ?? target.id}>
              <strong>{targetLabel(target)}:</strong>{" "}
              {(takenBy.get(target.id) ?? []).map((row) => row.code ?? row.name).join(", ")}
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}

interface RowListProps {
  readonly listId: string;
}

interface ActiveRow {
  readonly key: string;
  readonly input: HTMLInputElement;
}

/** One list of targets shared by all rows: it opens under the row that has the focus. Rows stay untouched while it is typed into. */
function useTargetList(
  targets: readonly Target[],
  targetById: ReadonlyMap<string, Target>,
  choose: (key: string, targetId: string | null) => void,
  body: React.RefObject<HTMLDivElement | null>,
) {
  const listId = useId();
  const [active, setActive] = useState<ActiveRow | null>(null);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const { found, more } = useMemo(() => searchTargets(targets, typed), [targets, typed]);
  const chooseable = useMemo(() => found.flatMap((target, index) => (target.disabled === null ? [index] : [])), [found]);
  // Nothing is taken by Enter before something was typed or pointed at.
  const current = at < 0 ? -1 : chooseable.includes(at) ? at : (chooseable[0] ?? -1);

  const close = useCallback((restore: boolean) => {
    setActive((before) => {
      if (before) {
        before.input.setAttribute("aria-expanded", "false");
        before.input.removeAttribute("aria-activedescendant");
        if (restore) before.input.value = before.input.dataset.label ?? "";
      }
      return null;
    });
  }, []);

  const open = useCallback((input: HTMLInputElement, text: string) => {
    setActive({ key: input.dataset.row ?? "", input });
    setTyped(text);
    setAt(text === "" ? -1 : 0);
    input.setAttribute("aria-expanded", "true");
  }, []);

  useEffect(() => {
    if (!active) return;
    if (current >= 0) active.input.setAttribute("aria-activedescendant", `${listId}-${current}`);
    else active.input.removeAttribute("aria-activedescendant");
  }, [active, current, listId]);

  const take = (key: string, targetId: string | null) => {
    close(false);
    choose(key, targetId);
    focusRow(body.current, key, 1);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.dataset.row === undefined) return;
    const key = input.dataset.row;
    const isOpen = active?.input === input;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        if (event.altKey && !isOpen && !input.readOnly) return open(input, "");
        if (!isOpen) return focusRow(body.current, key, step);
        const place = chooseable.indexOf(current);
        const next = chooseable[Math.min(Math.max(place + step, 0), chooseable.length - 1)];
        if (next !== undefined) setAt(next);
        return;
      }
      case "Enter": {
        event.preventDefault();
        if (input.readOnly) return;
        if (!isOpen) {
          if (input.dataset.suggestion !== undefined && input.value === "") return take(key, input.dataset.suggestion);
          return open(input, "");
        }
        const target = found[current];
        if (target) return take(key, target.id);
        if (input.value === "" && input.dataset.label !== "") return take(key, null);
        return close(true);
      }
      case "Escape":
        if (!isOpen) return;
        event.preventDefault();
        close(true);
        input.select();
        return;
      case "Delete":
        if (isOpen || input.readOnly || input.selectionStart !== 0 || input.selectionEnd !== input.value.length) return;
        event.preventDefault();
        input.value = "";
        choose(key, null);
        return;
    }
  };

  const bodyProps = {
    onKeyDown,
    onInput: (event: React.FormEvent<HTMLDivElement>) => {
      const input = event.target;
      if (input instanceof HTMLInputElement && input.dataset.row !== undefined && !input.readOnly) open(input, input.value);
    },
    onFocus: (event: FocusEvent<HTMLDivElement>) => {
      if (event.target instanceof HTMLInputElement) event.target.select();
    },
    onBlur: (event: FocusEvent<HTMLDivElement>) => {
      const input = event.target;
      if (!(input instanceof HTMLInputElement) || input.dataset.row === undefined) return;
      input.value = input.dataset.label ?? "";
      close(false);
    },
    onDoubleClick: (event: React.MouseEvent<HTMLDivElement>) => {
      if (event.target instanceof HTMLInputElement && !event.target.readOnly) open(event.target, "");
    },
    onClick: (event: React.MouseEvent<HTMLDivElement>) => {
      if (event.target instanceof HTMLInputElement && !event.target.readOnly && active?.input !== event.target)
        open(event.target, "");
    },
  };

  const popover = (takenBy: ReadonlyMap<string, readonly TableRow[]>, oneToOne: boolean) =>
    active && (
      <TargetList
        listId={listId}
        anchor={active.input}
        found={found}
        more={more}
        current={current}
        chosen={targetById.get(takenTarget(takenBy, active.key) ?? "")?.id ?? null}
        reasonOf={(target) => {
          const other = oneToOne ? takenBy.get(target.id)?.find((row) => row.key !== active.key) : undefined;
          return target.disabled ?? (other ? `stands for ${other.name}` : null);
        }}
        onChoose={(target) => take(active.key, target.id)}
      />
    );
  return { bodyProps, popover, rowProps: useMemo<RowListProps>(() => ({ listId }), [listId]) };
}

function takenTarget(takenBy: ReadonlyMap<string, readonly TableRow[]>, key: string): string | null {
  for (const [id, rows] of takenBy) if (rows.some((row) => row.key === key)) return id;
  return null;
}

function TargetList({
  listId,
  anchor,
  found,
  more,
  current,
  chosen,
  reasonOf,
  onChoose,
}: {
  listId: string;
  anchor: HTMLInputElement;
  found: readonly Target[];
  more: number;
  current: number;
  chosen: string | null;
  reasonOf: (target: Target) => string | null;
  onChoose: (target: Target) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    element.showPopover();
    const place = () => {
      const box = anchor.getBoundingClientRect();
      const below = window.innerHeight - box.bottom;
      const up = below < 260 && box.top > below;
      element.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - 388))}px`;
      element.style.width = `${Math.min(Math.max(box.width, 300), window.innerWidth - 16)}px`;
      element.style.maxHeight = `${Math.min(320, (up ? box.top : below) - 12)}px`;
      element.style.top = up ? "auto" : `${box.bottom + 4}px`;
      element.style.bottom = up ? `${window.innerHeight - box.top + 4}px` : "auto";
    };
    place();
    window.addEventListener("scroll", place, { capture: true, passive: true });
    window.addEventListener("resize", place);
    return () => {
      window.removeEventListener("scroll", place, { capture: true });
      window.removeEventListener("resize", place);
      if (element.matches(":popover-open")) element.hidePopover();
    };
  }, [anchor]);

  useEffect(() => {
    document.getElementById(`${listId}-${current}`)?.scrollIntoView({ block: "nearest" });
  }, [current, listId]);

  return (
    <div ref={list} id={listId} role="listbox" tabIndex={-1} aria-label="Targets" popover="manual" className={classes.list}>
      {found.map((target, index) => {
        const reason = reasonOf(target);
        const before = found[index - 1];
        return (
          <div key={target.id}>
            {before?.group !== target.group && (
              <div className={classes.group} role="presentation">
                {target.group}
              </div>
            )}
            <div
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              aria-disabled={reason !== null}
              className={classes.option}
              onPointerDown={(event) => {
                event.preventDefault();
                if (reason === null) onChoose(target);
              }}
            >
              <span className={classes.optionCode}>{target.code ?? "–"}</span>
              <span className={classes.optionName}>{target.name}</span>
              {target.rate !== null && <span className={classes.optionNote}>{plainRate(target.rate)}%</span>}
              {reason !== null && <span className={classes.optionNote}>{reason}</span>}
              {chosen === target.id && <span className={classes.optionNote}>now</span>}
            </div>
          </div>
        );
      })}
      {found.length === 0 && <div className={classes.group}>Nothing matches. Press Refresh if it is new.</div>}
      {more > 0 && <div className={classes.group}>{more} more: keep typing</div>}
    </div>
  );
}

function inputOf(body: HTMLElement | null, key: string): HTMLInputElement | null {
  return body?.querySelector<HTMLInputElement>(`input[data-row="${CSS.escape(key)}"]`) ?? null;
}

/** Puts the focus `step` rows on from a row, staying at the ends. */
function focusRow(body: HTMLElement | null, from: string, step: number): void {
  const inputs = [...(body?.querySelectorAll<HTMLInputElement>("input[data-row]") ?? [])];
  const index = inputs.findIndex((input) => input.dataset.row === from);
  const next = inputs[Math.min(Math.max(index + step, 0), inputs.length - 1)];
  next?.focus();
  next?.select();
}

/** "20.0000" as "20", "17.50" as "17.5". */
function plainRate(rate: string): string {
  return rate.includes(".") ? rate.replace(/\.?0+$/, "") : rate;
}

function sameNumber(note: string, rate: string): boolean {
  return plainRate(note.replace(/%$/, "")) === plainRate(rate);
}

const figure = new Intl.NumberFormat("en-GB");

function savedSentence(saved: SavedAnswer): string {
  const parts: string[] = [];
  if (saved.saved > 0) parts.push(`${figure.format(saved.saved)} saved`);
  if (saved.cleared > 0) parts.push(`${figure.format(saved.cleared)} cleared`);
  if (saved.released > 0)
    parts.push(`${figure.format(saved.released)} held ${saved.released === 1 ? "row goes on its" : "rows go on their"} way`);
  if (saved.blocked > 0) parts.push(`${figure.format(saved.blocked)} still blocked`);
  return `${parts.length > 0 ? parts.join(" · ") : "Saved"}.`;
}
