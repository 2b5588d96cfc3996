import { createServer } from "node:net";
import { join } from "node:path";
import { freePort, removeScratch } from "#lib/start/embedded.ts";
import { writeWhole } from "#lib/start/files.ts";
import { requireBrowser } from "#lib/testing/browser.ts";
import { startOidcProvider } from "#lib/testing/oidc-provider.ts";
import { startTestProduct } from "#lib/testing/product.ts";
import { claimScratch } from "#lib/testing/scratch.ts";
import { PRODUCT_FILE, type Product } from "./product.ts";
import { startReceivers } from "./receivers.ts";

/** Starts the whole product, as `npm start` does, on a data folder and ports of this run's own; stops and deletes it afterwards. */
export default async function setup(): Promise<() => Promise<void>> {
  requireBrowser();
  const { dataDir, release } = await claimScratch("e2e");
  const provider = await startOidcProvider();
  const receivers = await startReceivers();
  const metricsPort = await freePair();
  const metricsToken = "a-token-of-this-run";
  const product = await startTestProduct(dataDir, {
    METRICS_PORT: String(metricsPort),
    METRICS_TOKEN: metricsToken,
    OTEL_EXPORTER_OTLP_ENDPOINT: receivers.url,
    SMTP_URL: receivers.smtpUrl,
    ALERTS_FROM: "Greentick <alerts@demo.greentick.test>",
    ALERT_WEBHOOK_PRIVATE: "1",
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
  });
  provider.allow(`${product.url}/api/auth/callback/single-sign-on`);
  const { url, simulatorUrl, password, ownerUrl, pid } = product;
  const watched = { metricsPort, metricsToken, receiversUrl: receivers.url };
  const told: Product = { url, simulatorUrl, password, dataDir, ownerUrl, pid, ...watched };
  writeWhole(join(dataDir, PRODUCT_FILE), JSON.stringify(told), 0o600);
  return async () => {
    await product.stop();
    // What a screen apologised for stands in the log alone: ours, and Next's with where it was thrown.
    for (const line of product.output().split("\n"))
      if (line.includes('"level":50') || /⨯|digest: | {4}at /.test(line)) console.log(line.slice(0, 2_000));
    await provider.stop();
    receivers.stop();
    await removeScratch(dataDir);
    release();
  };
}

/** A free port whose neighbour is free as well: web's figures, and the worker's. */
async function freePair(): Promise<number> {
  for (;;) {
    const port = await freePort();
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen({ port: port + 1, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(true)));
    });
    if (free && port < 65_535) return port;
  }
}
