import { type APIRequestContext, type Page, request } from "@playwright/test";
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

/** Signs in through the screen. */
export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}
