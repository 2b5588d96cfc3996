import type { Page } from "@playwright/test";
import { UNVERIFIED } from "#lib/testing/oidc-provider.ts";
import { expect, test } from "./fixtures.ts";
import { behindTheScreen } from "./own-client.ts";

/** From our own page to the provider's, through its sign-in and consent, and back. */
async function signInAtProvider(page: Page, as: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in with your organisation" }).click();
  await page.waitForURL(/\/interaction\//);
  await page.locator('input[name="login"]').fill(as);
  await page.locator('input[name="password"]').fill("whatever the provider asks");
  await page.locator('button[type="submit"]').click();
  await page.getByRole("button", { name: "Continue" }).click();
}

test("N36 a person whom the organisation's provider vouches for is signed in as our user", async ({ page, product }) => {
  await signInAtProvider(page, "Adviser@demo.greentick.test");
  await page.waitForURL((url) => url.href.startsWith(product.url) && url.pathname.startsWith("/clients"));
  await expect(page.getByRole("button", { name: /adviser@demo\.greentick\.test|Demo adviser/ })).toBeVisible();
  const how = () =>
    behindTheScreen(product, async (db) => {
      const { rows } = await db.query<{ how: string }>(
        "select detail ->> 'how' as how from audit_events where action = 'session.begin' and subject = 'adviser@demo.greentick.test' order by seq desc limit 1",
      );
      return rows[0]?.how;
    });
  expect(await how()).toBe("single sign-on");
});

for (const [who, why] of [
  ["nobody@elsewhere.test", "is not a user here"],
  [`${UNVERIFIED}staff@demo.greentick.test`, "has an address that the provider has not checked"],
] as const) {
  test(`N36 who ${why} is not let in by single sign-on, and is told so`, async ({ page }) => {
    await signInAtProvider(page, who);
    await page.waitForURL(/\/sign-in/);
    await expect(
      page.getByText("Single sign-on did not let you in. Ask an administrator whether you have an account here."),
    ).toBeVisible();
    await page.goto("/clients");
    await expect(page).toHaveURL(/\/sign-in/);
  });
}
