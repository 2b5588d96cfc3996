import { expect, test } from "./fixtures.ts";

test("L10 the address that start prints answers with a page, and asks for nothing from elsewhere", async ({ page, product }) => {
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(product.url) && !request.url().startsWith("data:")) elsewhere.push(request.url());
  });
  const answer = await page.goto("/");
  expect(answer?.status()).toBe(200);
  expect(answer?.headers()["x-powered-by"]).toBeUndefined();
  await page.waitForLoadState("networkidle");
  expect(elsewhere).toEqual([]);
});
