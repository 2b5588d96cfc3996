import type { SimulatorClock } from "#lib/simulator/clock.ts";
import type { SimulatedPackage } from "#lib/simulator/package.ts";

/** Text as HTML, quotes too. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--text:#1c2733;--dim:#566473;--line:#d9dfe6;--accent:#0b6bcb;--on:#fff;--note:#fff4d6;--note-text:#5c4300;--bad:#a4262c}
@media(prefers-color-scheme:dark){:root{--bg:#12171d;--card:#1b222b;--text:#e6ebf1;--dim:#a3b0be;--line:#323d4a;--accent:#6db3ff;--on:#0b1620;--note:#3b3110;--note-text:#ffe7a3;--bad:#ff9ea3}}
*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,"Segoe UI",sans-serif}
.banner{background:var(--note);color:var(--note-text);padding:.4rem 1rem;text-align:center;font-size:.9rem}
main{max-width:74rem;margin:0 auto;padding:1rem}h1{font-size:1.5rem;margin:.6rem 0}h2{font-size:1.1rem;margin:0 0 .6rem}
section,.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;margin:1rem 0}
a{color:var(--accent)}.dim{color:var(--dim)}.bad{color:var(--bad)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.94rem}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--dim);font-weight:600}.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
form.row{display:flex;flex-wrap:wrap;gap:.6rem;align-items:end}label{display:flex;flex-direction:column;font-size:.86rem;color:var(--dim);gap:.15rem}
label.check{flex-direction:row;align-items:center;gap:.5rem;color:var(--text);font-size:1rem;padding:.25rem 0}
input,select,button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.4rem .6rem;max-width:100%}
button{cursor:pointer;font-weight:600}button.main{background:var(--accent);border-color:var(--accent);color:var(--on)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
nav{display:flex;flex-wrap:wrap;gap:.4rem 1rem;margin:.4rem 0}nav [aria-current]{font-weight:700;color:var(--text);text-decoration:none}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(18rem,1fr));gap:1rem}.grid section{margin:0}
p.said{background:var(--note);color:var(--note-text);border-radius:.4rem;padding:.5rem .8rem}
`;

/** The frame of every page; `body` is HTML. */
export function shell(title: string, body: string): string {
  return `<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(
    title,
  )}</title><style>${STYLE}</style></head><body><div class="banner" role="note">Simulator: not a real accounting package</div><main>${body}</main></body></html>`;
}

const LISTED = 100;

/** The organisations of every package. */
export function homePage(packages: readonly SimulatedPackage[], clock: SimulatorClock, search: string): string {
  const wanted = search.trim().toLowerCase();
  const cards = packages.map((one) => {
    const all = one.tenants();
    const found = wanted === "" ? all : all.filter((tenant) => tenant.name.toLowerCase().includes(wanted));
    const rows = found
      .slice(0, LISTED)
      .map((tenant) => `<li><a href="/${one.id}/${encodeURIComponent(tenant.id)}">${escapeHtml(tenant.name)}</a></li>`)
      .join("");
    const more = found.length > LISTED ? `<p class="dim">${found.length - LISTED} more: search by name.</p>` : "";
    return `<section><h2>${escapeHtml(one.name)}</h2>${rows === "" ? "<p>No organisation has that name.</p>" : `<ul>${rows}</ul>`}${more}</section>`;
  });
  const time = new Date(clock.now()).toISOString().replace("T", " ").slice(0, 19);
  return shell(
    "Simulated organisations",
    `<h1>Organisations</h1><p class="dim">The clock here says ${time} UTC${clock.scale === 1 ? "" : `, running at ${clock.scale} times real speed`}.</p>
<form class="row" method="get" action="/"><label>Name contains<input name="q" value="${escapeHtml(search)}"></label><button>Search</button></form>${cards.join("")}`,
  );
}

export function problemPage(status: number, message: string): string {
  return shell(`${status}`, `<h1>${status}</h1><p>${escapeHtml(message)}</p><p><a href="/">All organisations</a></p>`);
}
