import { randomBytes } from "node:crypto";
import { type APIRequestContext, type Page, request } from "@playwright/test";
import { behindTheScreen } from "./own-client.ts";
import type { Product } from "./product.ts";

/** Signs in over HTTP, as the form does it, and answers a context that holds the cookie. Dispose of it. */
export async function signInOverHttp(product: Product, email: string, password = product.password): Promise<APIRequestContext> {
  const context = await request.newContext({ baseURL: product.url, maxRedirects: 0 });
  const { csrfToken } = await (await context.get("/api/auth/csrf")).json();
  const answer = await context.post("/api/auth/callback/credentials", {
    headers: { Origin: product.url },
    form: { csrfToken, email, password, json: "true", callbackUrl: product.url },
  });
  if (answer.status() !== 200) throw new Error(`${email} was not signed in: ${answer.status()} ${await answer.text()}`);
  return context;
}

/**
 * Duplicates one of the four demo people for a spec of its own, with the demo's password and the same clients: what one person may change
 * in a minute is limited, and a spec that changes much would use up the allowance of the others. Answers the address.
 */
export async function duplicatePerson(
  product: Product,
  of: "admin" | "adviser" | "staff" | "client",
  mailbox: string,
): Promise<string> {
  // A spec that begins anew after a failure makes another.
  const email = `${mailbox}-${randomBytes(3).toString("hex")}@spec.test`;
  await behindTheScreen(product, async (db) => {
    const { rows } = await db.query<{ id: string; duplicate: string }>(
      `insert into users (email, name, role, password_hash)
       select $1, 'Spec ' || role, role, password_hash from users where email = $2
       returning id as duplicate, (select id from users where email = $2) as id`,
      [email, `${of}@demo.greentick.test`],
    );
    await db.query("insert into user_clients (user_id, client_id) select $2, client_id from user_clients where user_id = $1", [
      rows[0]?.id,
      rows[0]?.duplicate,
    ]);
  });
  return email;
}

/** Signs in through the screen. */
export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

/** Invites a user through the screen, as the administrator who is signed in; answers the link. */
export async function inviteThroughScreen(
  page: Page,
  { email, name, role = "Staff", clients = [] }: { email: string; name: string; role?: string; clients?: readonly string[] },
): Promise<string> {
  await page.goto("/settings/users");
  await page.getByRole("button", { name: "Invite a user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("E-mail").fill(email);
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  if (role !== "Staff") {
    await dialog.getByRole("combobox", { name: "Role" }).click();
    await page.getByRole("option", { name: role, exact: true }).click();
  }
  for (const client of clients) {
    await dialog.getByRole("combobox", { name: "Clients" }).fill(client);
    await page.getByRole("option", { name: client }).click();
  }
  await dialog.getByLabel("E-mail").focus();
  await dialog.getByRole("button", { name: "Create invitation" }).click();
  const link = await dialog.getByLabel("Link", { exact: true }).inputValue();
  await dialog.getByRole("button", { name: "Done" }).click();
  return link;
}

/** Sets a password by an invitation's link, which signs in. */
export async function acceptThroughScreen(page: Page, link: string, password: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel("Password again", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Set password and sign in" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/invitation"));
}
