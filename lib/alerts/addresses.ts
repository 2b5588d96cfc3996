import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { Refusal } from "#lib/common/refusal.ts";

/** What is not a public address: this machine, its network, the provider's metadata service, and ways to write those in IPv6. */
const PRIVATE = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  PRIVATE.addSubnet(net, bits, "ipv4");
}
for (const [net, bits] of [
  ["::", 127],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const) {
  PRIVATE.addSubnet(net, bits, "ipv6");
}

/** Whether an IP address is one that only this machine or its network reaches. */
export function isPrivateAddress(address: string): boolean {
  const mapped = /^::ffff:(?:0:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isPrivateAddress(mapped);
  const family = isIP(address);
  if (family === 0) return true;
  // A v4 address in hex within v6, as `::ffff:7f00:1`.
  if (family === 6 && /^::(ffff:)?[0-9a-f]{1,4}:[0-9a-f]{1,4}$/i.test(address)) return true;
  return PRIVATE.check(address, family === 6 ? "ipv6" : "ipv4");
}

export class PrivateAddress extends Error {
  constructor(host: string) {
    super(`${host} is an address of this machine's own network`);
    this.name = "PrivateAddress";
  }
}

const hostOf = (url: URL) => url.hostname.replace(/^\[(.*)\]$/, "$1");

/**
 * Says no to an address that alerts may not be posted to, before it is kept: no https, a login within it, a private number.
 * What a name stands for is looked at each time it is posted to.
 * @throws {Refusal}
 */
export function refuseAddress(text: string, allowPrivate: boolean): URL {
  const field = "url";
  if (!URL.canParse(text)) throw new Refusal("Give a whole address, as https://example.com/hooks/greentick.", { field });
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    throw new Refusal("Give the address without a user name and password: the signature proves who posts.", { field });
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:"))
    throw new Refusal("Give an address that begins with https://.", { field });
  const host = hostOf(url);
  if (
    !allowPrivate &&
    (isIP(host) === 0 ? /(^|\.)(localhost|local|internal|lan)\.?$/i.test(host) || !host.includes(".") : isPrivateAddress(host))
  )
    throw new Refusal(
      "This address is one of this machine's own network. ALERT_WEBHOOK_PRIVATE=1 allows it, for the whole console.",
      {
        field,
      },
    );
  return url;
}

/** For the socket itself, so that the address that was looked at is the one that is connected to, whatever the name says a moment later. */
export const publicLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, "", 4);
    const bad = addresses.find(({ address }) => isPrivateAddress(address));
    if (bad || addresses.length === 0) return done(new PrivateAddress(host), "", 4);
    if (options.all) return done(null, addresses);
    const [first] = addresses;
    done(null, first?.address ?? "", first?.family ?? 4);
  });
};

/** A number needs no lookup, so the socket would never ask. @throws {PrivateAddress} */
export function refusePrivateNumber(url: URL): void {
  const host = hostOf(url);
  if (isIP(host) !== 0 && isPrivateAddress(host)) throw new PrivateAddress(host);
}
