import { join } from "node:path";
import { removeScratch } from "#lib/start/embedded.ts";
import { writeWhole } from "#lib/start/files.ts";
import { requireBrowser } from "#lib/testing/browser.ts";
import { startOidcProvider } from "#lib/testing/oidc-provider.ts";
import { startTestProduct } from "#lib/testing/product.ts";
import { claimScratch } from "#lib/testing/scratch.ts";
import { PRODUCT_FILE, type Product } from "./product.ts";

/** Starts the whole product, as `npm start` does, on a data folder and ports of this run's own; stops and deletes it afterwards. */
export default async function setup(): Promise<() => Promise<void>> {
  requireBrowser();
  const { dataDir, release } = await claimScratch("e2e");
  const provider = await startOidcProvider();
  const product = await startTestProduct(dataDir, {
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
  });
  provider.allow(`${product.url}/api/auth/callback/single-sign-on`);
  const { url, simulatorUrl, password, ownerUrl, pid } = product;
  const told: Product = { url, simulatorUrl, password, dataDir, ownerUrl, pid };
  writeWhole(join(dataDir, PRODUCT_FILE), JSON.stringify(told), 0o600);
  return async () => {
    await product.stop();
    // What a screen apologised for stands in the log alone.
    for (const line of product.output().split("\n")) if (line.includes('"level":50')) console.log(line.slice(0, 2_000));
    await provider.stop();
    await removeScratch(dataDir);
    release();
  };
}
