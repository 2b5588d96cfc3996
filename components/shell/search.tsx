"use client";

import { Modal, TextInput, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue, useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { fetchJson } from "#components/ui/fetch-json.ts";
import { Kbd } from "#components/ui/kbd.tsx";
import { useLastKnown } from "#components/ui/queries.ts";
import { leaveTo } from "#components/ui/unsaved.tsx";
import type { SearchHit } from "#db/queries/export/record-search.ts";
import { formatDate } from "#lib/common/dates.ts";
import { formatMoney } from "#lib/common/money.ts";
import { recordPath } from "#lib/common/record-paths.ts";
import { KIND_LABELS, type RecordKind, signOf } from "#lib/common/records.ts";
import classes from "./search.module.css";

interface Found {
  readonly key: string;
  readonly kind: string;
  readonly title: string;
  readonly detail: string;
  readonly aside: string;
  readonly href: string;
}

const TYPING_MS = 120;
/** As the server takes it: an address of the package with an id in it fits. */
const LONGEST = 400;

const OTHERS = {
  "nominal-code": "Nominal code",
  "tax-code": "Tax code",
  "product-group": "Product group",
  run: "Run",
  "incoming-payment": "Payment read",
} as const satisfies Readonly<Record<Exclude<SearchHit["kind"], RecordKind>, string>>;

const isRecord = (kind: SearchHit["kind"]): kind is RecordKind => !(kind in OTHERS);
/** Whether its page says why it is not syncing. */
const hasWhy = ({ kind }: SearchHit): boolean => kind !== "run" && kind !== "incoming-payment";

function pathOf(hit: SearchHit): string {
  if (isRecord(hit.kind)) return recordPath(hit.kind, hit.id);
  if (hit.kind === "run") return `/runs/${hit.id}`;
  if (hit.kind !== "incoming-payment") return `/${hit.kind}s/${hit.id}`;
  return `/import?q=${encodeURIComponent(hit.title === "Payment" ? hit.detail : hit.title)}`;
}

function shown(hit: SearchHit, slug: string): Found {
  const minor = hit.minor === null ? null : BigInt(hit.minor) * (isRecord(hit.kind) ? signOf(hit.kind) : 1n);
  return {
    key: `${hit.kind} ${hit.id}`,
    kind: isRecord(hit.kind) ? KIND_LABELS[hit.kind] : OTHERS[hit.kind],
    title: hit.title,
    detail: hit.kind === "run" ? hit.detail.replace(/\s*<[^>]*>\s*$/, "") : hit.detail,
    aside: [minor !== null && hit.currency !== null && formatMoney(minor, hit.currency), hit.day !== null && formatDate(hit.day)]
      .filter(Boolean)
      .join(" · "),
    href: `/clients/${slug}${pathOf(hit)}`,
  };
}

interface Looking {
  /** The client that is open; null for none. */
  readonly slug: string | null;
  /** Staff; else a client's own person, who has few pages. */
  readonly works: boolean;
}

/** "why INV-1": the record, opened where it says why it is not syncing. */
const WHY = /^why\b[\s:]*/i;

interface Answer {
  /** What was looked for. */
  readonly words: string;
  readonly list: readonly Found[];
}

const NOTHING: Answer = { words: "", list: [] };

async function find(typed: string, { slug, works }: Looking, signal: AbortSignal): Promise<Answer> {
  if (typed === "") return NOTHING;
  const asksWhy = WHY.test(typed);
  const words = typed.replace(WHY, "");
  const q = encodeURIComponent(words);
  const [{ titlesOf }, records, clients] = await Promise.all([
    // Loaded when somebody looks for something: every page carries this box.
    import("#lib/help/titles.ts"),
    slug === null ? { hits: [] } : fetchJson<{ hits: SearchHit[] }>(`/api/clients/${slug}/search?q=${q}`, signal),
    fetchJson<{ clients: { slug: string; name: string }[] }>(`/api/practice/own-clients?q=${q}`, signal),
  ]);
  const list = [
    ...(slug === null
      ? []
      : records.hits.map((hit) => {
          const found = shown(hit, slug);
          if (!asksWhy || !works || !hasWhy(hit)) return found;
          return { ...found, kind: `Why isn\u2019t this syncing? ${found.kind}`, href: `${found.href}#why` };
        })),
    ...clients.clients.map((client) => ({
      key: `client ${client.slug}`,
      kind: works ? "Client" : "Company",
      title: client.name,
      detail: "",
      aside: "",
      href: `/clients/${client.slug}`,
    })),
    ...titlesOf(typed, slug, works).map(({ title, href }) => ({ key: href, kind: "Help", title, detail: "", aside: "", href })),
  ];
  return { words: typed, list };
}

/** The search of the top bar, opened by Ctrl K: records of the client that is open, one's own clients, and pages of help. */
export function Search({ slug, works }: Looking) {
  const [opened, setOpened] = useState(false);
  useHotkeys([["mod+K", () => setOpened(true)]], []);
  return (
    <>
      <UnstyledButton className={classes.opener} onClick={() => setOpened(true)} aria-keyshortcuts="Control+K">
        <IconSearch size={15} stroke={1.8} aria-hidden />
        {/* A narrow screen shows the glass alone, and the button keeps its name. */}
        <VisuallyHidden>Search</VisuallyHidden>
        <span className={classes.openerWords} aria-hidden>
          Search
        </span>
        <Kbd aria-hidden>Ctrl K</Kbd>
      </UnstyledButton>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        withCloseButton={false}
        size="lg"
        padding={0}
        yOffset="10vh"
        // The root of a Modal has no role that a name may stand on; its content has.
        attributes={{ content: { "aria-label": "Search" } }}
      >
        <Finder slug={slug} works={works} onGo={() => setOpened(false)} />
      </Modal>
    </>
  );
}

function Finder({ slug, works, onGo }: Looking & { readonly onGo: () => void }) {
  const router = useRouter();
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text.trim(), TYPING_MS);
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  const { data, error } = useQuery({
    queryKey: ["search", slug, works, settled],
    queryFn: ({ signal }) => find(settled, { slug, works }, signal),
  });
  const failed = error === null ? null : error.message;
  const found = useLastKnown(data, NOTHING);
  const [listed, setListed] = useState(found);
  if (listed !== found) {
    setListed(found);
    setActive(0);
  }

  const go = (hit: Found | undefined) => {
    if (!hit) return;
    leaveTo(() => router.push(hit.href));
    onGo();
  };
  const move = (to: number) => {
    const next = Math.max(0, Math.min(found.list.length - 1, to));
    setActive(next);
    list.current?.querySelector(`[data-at="${next}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + 6,
      PageUp: active - 6,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      move(step);
    } else if (event.key === "Enter" && found.words === text.trim()) {
      event.preventDefault();
      go(found.list[active]);
    }
  };

  const nothing = found.words !== "" && found.list.length === 0;
  return (
    <div className={classes.finder}>
      <TextInput
        size="md"
        variant="unstyled"
        className={classes.input}
        aria-label="Search"
        role="combobox"
        aria-expanded={found.list.length > 0}
        aria-controls={id}
        aria-autocomplete="list"
        {...(found.list.length > 0 ? { "aria-activedescendant": `${id}-${active}` } : {})}
        placeholder={slug === null ? "A client's name" : "Number, name, reference, amount, run or package id"}
        leftSection={<IconSearch size={18} stroke={1.8} aria-hidden />}
        value={text}
        maxLength={LONGEST}
        data-autofocus
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {failed && (
        <p className={classes.note} role="alert">
          {failed}
        </p>
      )}
      <div role="listbox" id={id} aria-label="Found" className={classes.list} ref={list} tabIndex={-1}>
        {found.list.map((hit, at) => (
          <Link
            key={hit.key}
            role="option"
            id={`${id}-${at}`}
            data-at={at}
            aria-selected={at === active}
            tabIndex={-1}
            className={classes.hit}
            href={hit.href}
            prefetch={false}
            onClick={onGo}
            onMouseMove={() => setActive(at)}
          >
            <span className={classes.kind}>{hit.kind}</span>
            <span className={classes.words}>
              <strong>{hit.title}</strong>
              {hit.detail && <span className={classes.dim}>{hit.detail}</span>}
            </span>
            <span className={classes.aside}>{hit.aside}</span>
          </Link>
        ))}
      </div>
      {nothing && !failed && (
        <p className={classes.note} role="status">
          Nothing starts with “{found.words.slice(0, 60)}” or has that amount or id.
        </p>
      )}
      <p className={classes.keys} aria-hidden>
        <Kbd>↑</Kbd> <Kbd>↓</Kbd> choose <Kbd>Enter</Kbd> open <Kbd>Esc</Kbd> close
      </p>
    </div>
  );
}
