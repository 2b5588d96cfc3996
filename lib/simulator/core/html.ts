import { fold } from "#lib/simulator/core/ids.ts";
import { escapeHtml } from "#lib/simulator/pages.ts";

const PAGE = 50;

/** A form of one button, which asks `/act` for something. */
export const button = (base: string, back: string, what: string, fields: Record<string, string>, label: string) =>
  `<form method="post" action="${base}/act"><input type="hidden" name="back" value="${escapeHtml(back)}"><input type="hidden" name="what" value="${what}">${Object.entries(
    fields,
  )
    .map(([name, text]) => `<input type="hidden" name="${name}" value="${escapeHtml(text)}">`)
    .join("")}<button>${escapeHtml(label)}</button></form>`;

type Column = { title: string; numeric?: boolean };

/** A table that scrolls by itself, or a sentence where there is nothing. */
export function table(caption: string, columns: readonly Column[], rows: readonly string[][], empty: string): string {
  if (rows.length === 0) return `<p>${empty}</p>`;
  const head = columns.map((column) => `<th scope="col"${column.numeric ? ' class="num"' : ""}>${column.title}</th>`).join("");
  const body = rows
    .map((row) => `<tr>${row.map((cell, at) => `<td${columns[at]?.numeric ? ' class="num"' : ""}>${cell}</td>`).join("")}</tr>`)
    .join("");
  return `<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** One page of what matches, newest first, with links to the others. */
export function paged<One>(
  all: readonly One[],
  query: URLSearchParams,
  path: string,
  matches: (one: One, wanted: string) => boolean,
) {
  const search = query.get("q") ?? "";
  const wanted = fold(search);
  const found = (wanted === "" ? [...all] : all.filter((one) => matches(one, wanted))).reverse();
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const page = Math.min(pages, Math.max(1, Number(query.get("page") ?? "1") || 1));
  const link = (to: number, label: string) => `<a href="${path}?q=${encodeURIComponent(search)}&amp;page=${to}">${label}</a>`;
  return {
    shown: found.slice((page - 1) * PAGE, page * PAGE),
    form: `<form class="row" method="get" action="${path}"><label>Search<input name="q" value="${escapeHtml(search)}"></label><button>Search</button></form>`,
    pager: `<nav aria-label="Pages"><span>${found.length} in all, page ${page} of ${pages}</span>${page > 1 ? link(page - 1, "Newer") : ""}${
      page < pages ? link(page + 1, "Older") : ""
    }</nav>`,
  };
}
