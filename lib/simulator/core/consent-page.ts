import type { User } from "#lib/simulator/core/oauth-policy.ts";
import type { TenantInfo } from "#lib/simulator/core/organisation.ts";
import { escapeHtml, shell } from "#lib/simulator/pages.ts";

const LISTED = 50;
/** What the page itself adds to what was asked. */
const OWN_FIELDS = new Set(["tenantIds", "user", "decision", "q"]);

/** The page on which a person chooses organisations and allows or cancels; `action` is its own path. */
export function consentPage(page: {
  action: string;
  asked: URLSearchParams;
  single: boolean;
  tenants: Iterable<TenantInfo>;
  users: readonly User[];
  problem: string;
}): string {
  const { action, asked, single, problem } = page;
  const hidden = [...new Set(asked.keys())]
    .filter((name) => !OWN_FIELDS.has(name))
    .map((name) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(asked.get(name) ?? "")}">`)
    .join("");
  const search = asked.get("q") ?? "";
  const wanted = search.trim().toLowerCase();
  const found: TenantInfo[] = [];
  let more = 0;
  for (const tenant of page.tenants) {
    if (wanted !== "" && !tenant.name.toLowerCase().includes(wanted)) continue;
    if (found.length < LISTED) found.push(tenant);
    else more += 1;
  }
  const kind = single ? "radio" : "checkbox";
  const choices = found
    .map(
      ({ id, name }) =>
        `<label class="check"><input type="${kind}" name="tenantIds" value="${escapeHtml(id)}">${escapeHtml(name)}</label>`,
    )
    .join("");
  const users = page.users.map((user) => `<option value="${user.id}">${user.label}</option>`).join("");
  const scopes = (asked.get("scope") ?? "")
    .split(/\s+/)
    .map((scope) => `<li>${escapeHtml(scope)}</li>`)
    .join("");
  return shell(
    "Allow access",
    `<h1>The app <b>${escapeHtml(asked.get("client_id") ?? "")}</b> wants access to your organisation</h1>
${problem === "" ? "" : `<p class="said" role="alert">${problem}</p>`}
<section><form class="row" method="get" action="${action}">${hidden}<label>Find an organisation<input name="q" value="${escapeHtml(search)}"></label><button>Search</button></form>
<form method="post" action="${action}">${hidden}
<fieldset style="border:0;padding:0;margin:1rem 0"><legend><b>Select ${single ? "an organisation" : "organisations"} to connect</b></legend>${choices === "" ? "<p>No organisation has that name.</p>" : choices}
${more > 0 ? `<p class="dim">${more} more: search by name.</p>` : ""}</fieldset>
<p><label>You are signed in as<select name="user">${users}</select></label></p>
<details><summary>What the app may do</summary><ul>${scopes}</ul></details>
<p><button class="main" name="decision" value="allow">Allow access</button> <button name="decision" value="cancel">Cancel</button></p></form></section>`,
  );
}

/** What a person sees where the question itself is wrong, and nobody may be sent back. */
export function consentProblem(error: string, text: string): string {
  return shell("Error", `<h1>Sorry, something went wrong</h1><p>Error: ${error}</p><p>${escapeHtml(text)}</p>`);
}
