import { InfiniteQueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeQueryClient } from "#components/ui/queries.ts";
import { type GridPage, inOnePage, joined, type ReadPages, rowsKey, rowsQuery } from "./rows-query.ts";

interface Row {
  readonly id: string;
  readonly createdAt: string;
}

const TOTAL = 1_000;
const LIST = "/api/clients/peak/lists/documents?sort=number.asc";

/** The rows of one client, read by key as the list's handler does. */
function answerFor(address: URL): GridPage<Row> {
  const client = address.pathname.split("/")[3];
  const from = Number(address.searchParams.get("after") ?? 0);
  const until = Math.min(TOTAL, from + Number(address.searchParams.get("limit")));
  const rows = Array.from({ length: until - from }, (_, n) => ({
    id: `${client} ${from + n}`,
    createdAt: "2026-11-30T00:00:00Z",
  }));
  return { rows, next: until < TOTAL ? String(until) : null };
}

let asked: { readonly address: string; readonly byItself: boolean }[];
let fails: boolean;

beforeEach(() => {
  asked = [];
  fails = false;
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    asked.push({ address, byItself: new Headers(init.headers).has("x-greentick-background") });
    if (fails) throw new TypeError("no network");
    return Response.json(answerFor(new URL(address, "http://console")));
  });
});
afterEach(() => vi.unstubAllGlobals());

const idsOf = (read: ReadPages<Row> | undefined) => (read ? joined(read.pages).rows.map((row) => row.id) : undefined);

/** A grid on the screen: what it shows, and what leaving the page does. */
function show(client: string, url: string, queries = makeQueryClient(), drawn?: GridPage<Row>) {
  const rows = new InfiniteQueryObserver(queries, rowsQuery<Row>(client, url, drawn));
  const leave = rows.subscribe(() => {});
  return { rows, leave, queries, read: () => queries.getQueryData<ReadPages<Row>>(rowsKey(client, url)) };
}

describe("the rows of a grid", () => {
  it("are not asked for where the server drew them", async () => {
    const drawn = answerFor(new URL(`${LIST}&limit=100`, "http://console"));
    const { read, leave } = show("peak", LIST, makeQueryClient(), drawn);
    expect(idsOf(read())).toHaveLength(100);
    expect(asked).toEqual([]);
    leave();
  });

  it("are read again in one request of at most 500, however far somebody scrolled", async () => {
    const { rows, queries, read, leave } = show("peak", LIST);
    await rows.refetch();
    for (let page = 0; page < 6; page += 1) {
      await rows.fetchNextPage({ cancelRefetch: false });
      queries.setQueryData<ReadPages<Row>>(rowsKey("peak", LIST), inOnePage);
    }
    expect(new Set(idsOf(read())).size).toBe(700);
    const before = asked.length;
    await rows.refetch();
    expect(asked.slice(before)).toEqual([{ address: `${LIST}&limit=500`, byItself: true }]);
    expect(idsOf(read())).toHaveLength(500);
    await rows.fetchNextPage();
    expect(asked.at(-1)?.address).toBe(`${LIST}&limit=100&after=500`);
    expect(new Set(idsOf(read())).size).toBe(600);
    leave();
  });

  // Idle for half an hour ends a session: what a page does by itself must not keep it alive.
  it("say that the person is there when they ask, and not when the page reads again", async () => {
    const { rows, leave } = show("peak", LIST);
    await rows.refetch();
    await rows.fetchNextPage();
    expect(asked.map(({ byItself }) => byItself)).toEqual([false, false]);
    await rows.refetch();
    const later = asked.slice(2);
    expect(later).not.toHaveLength(0);
    expect(later.every(({ byItself }) => byItself)).toBe(true);
    leave();
  });

  it("stay in view when reading fails, and are not asked for once more by themselves", async () => {
    const { rows, read, leave } = show("peak", LIST);
    await rows.refetch();
    fails = true;
    const before = asked.length;
    const failed = await rows.fetchNextPage();
    expect(failed.error?.message).toBe("The console cannot be reached. Check your connection.");
    expect(asked.length - before).toBe(1);
    expect(idsOf(read())).toHaveLength(100);
    leave();
  });

  it("I10 of one client are never found under another, and nothing is kept of a page that was left", async () => {
    const queries = makeQueryClient();
    const peak = show("peak", LIST, queries);
    await peak.rows.refetch();
    expect(queries.getQueryData(rowsKey("peak", LIST))).toBeDefined();
    expect(queries.getQueryData(rowsKey("ashdown", LIST))).toBeUndefined();
    const ashdown = show("ashdown", LIST.replace("peak", "ashdown"), queries);
    expect(ashdown.read()).toBeUndefined();
    await ashdown.rows.refetch();
    expect(idsOf(ashdown.read())).toHaveLength(100);
    expect(idsOf(peak.read())).toHaveLength(100);
    expect(idsOf(ashdown.read())?.every((id) => id.startsWith("ashdown"))).toBe(true);
    expect(idsOf(peak.read())?.every((id) => id.startsWith("peak"))).toBe(true);
    peak.leave();
    ashdown.leave();
    await vi.waitFor(() => expect(queries.getQueryCache().getAll()).toEqual([]));
  });
});
