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

test("FD10 the icon, the manifest and the drawing of help are answered to a browser that is signed out", async ({ request }) => {
  const manifest = await request.get("/manifest.webmanifest", { maxRedirects: 0 });
  expect(manifest.status()).toBe(200);
  const { name, icons } = (await manifest.json()) as { name: string; icons: { src: string; type: string }[] };
  expect(name).toBe("Greentick");
  for (const { src, type } of [...icons, { src: "/help/where-a-record-ends.svg", type: "image/svg+xml" }]) {
    const answer = await request.get(src, { maxRedirects: 0 });
    expect([src, answer.status(), answer.headers()["content-type"]]).toEqual([src, 200, type]);
    expect(answer.headers()["x-content-type-options"]).toBe("nosniff");
  }
});
