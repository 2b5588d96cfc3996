import { createHmac, timingSafeEqual } from "node:crypto";
import http from "node:http";
import https from "node:https";
import { publicLookup, refusePrivateNumber } from "./addresses.ts";

/** Real milliseconds for a whole post. */
const TIMEOUT_MS = 10_000;
const SCHEME = "v1";

/**
 * What a post is signed with: HMAC-SHA256, hex, over its timestamp (seconds since 1970), a full stop and its body, under the webhook's secret.
 * A receiver computes the same, compares, and refuses a timestamp of more than five minutes ago.
 */
function signatureOf(secret: string, timestamp: string, body: string): string {
  return `${SCHEME}=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

/** As a receiver does it; the tests are one. */
export function isSignedBy(secret: string, timestamp: string, body: string, signature: string): boolean {
  const [given, made] = [Buffer.from(signature), Buffer.from(signatureOf(secret, timestamp, body))];
  return given.length === made.length && timingSafeEqual(given, made);
}

export interface Post {
  readonly url: string;
  readonly secret: string;
  /** The same for each try, so that a receiver knows a repeat. */
  readonly deliveryId: string;
  readonly event: string;
  readonly body: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly allowPrivate: boolean;
}

/**
 * Posts once, follows nothing, and answers the status.
 * @throws {PrivateAddress} when the name stands for an address of our own network; {Error} when no answer came
 */
export async function post({ url: address, secret, deliveryId, event, body, timestamp, allowPrivate }: Post): Promise<number> {
  const url = new URL(address);
  if (!allowPrivate) {
    if (url.protocol !== "https:") throw new Error("The address does not begin with https://");
    refusePrivateNumber(url);
  }
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).request(
      url,
      {
        method: "POST",
        agent: false,
        timeout: TIMEOUT_MS,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(allowPrivate ? {} : { lookup: publicLookup }),
        headers: {
          "Content-Type": "application/json",
          "Content-Length": Buffer.byteLength(body),
          "User-Agent": "Greentick",
          "Greentick-Event": event,
          "Greentick-Delivery": deliveryId,
          "Greentick-Timestamp": String(timestamp),
          "Greentick-Signature": signatureOf(secret, String(timestamp), body),
        },
      },
      (response) => {
        // The status is all that counts: what a stranger's server says is neither kept nor shown.
        response.resume();
        response.once("error", reject);
        resolve(response.statusCode ?? 0);
        response.once("end", () => request.destroy());
        setTimeout(() => request.destroy(), 1_000).unref();
      },
    );
    request.once("timeout", () => request.destroy(new Error("No answer in ten seconds")));
    request.once("error", reject);
    request.end(body);
  });
}
