import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { Refusal } from "#lib/common/refusal.ts";

/** IPv4 that is not public: this machine, its network, the provider's metadata service, what is kept for documents and groups. */
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
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  PRIVATE.addSubnet(net, bits, "ipv4");
}
/** All that is given out of IPv6 for the internet; beside it lie this machine, its network, and most ways to write an IPv4 address. */
const GIVEN_OUT = new BlockList();
GIVEN_OUT.addSubnet("2000::", 3, "ipv6");
/** Within that: protocols' own and tunnels that carry an IPv4 address, and what is kept for documents. */
const NOT_PUBLIC = new BlockList();
for (const [net, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  NOT_PUBLIC.addSubnet(net, bits, "ipv6");
}

/** Whether an IP address is one that only this machine or its network reaches. */
export function isPrivateAddress(given: string): boolean {
  // An address of one's own network may carry the name of an interface.
  const [address = ""] = given.split("%", 1);
  switch (isIP(address)) {
    case 4:
      return PRIVATE.check(address, "ipv4");
    case 6:
      return !GIVEN_OUT.check(address, "ipv6") || NOT_PUBLIC.check(address, "ipv6");
    default:
      return true;
  }
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
  if (!URL.canParse(text)) throw new Refusal("Enter a full address, such as https://example.com/hooks/greentick.", { field });
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    throw new Refusal("Enter the address without a user name and password: the signature shows who sent it.", { field });
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:"))
    throw new Refusal("Enter an address that begins with https://.", { field });
  const host = hostOf(url);
  if (
    !allowPrivate &&
    (isIP(host) === 0 ? /(^|\.)(localhost|local|internal|lan)\.?$/i.test(host) || !host.includes(".") : isPrivateAddress(host))
  )
    throw new Refusal(
      "This address is on this machine's own network. ALERT_WEBHOOK_PRIVATE=1 allows it, for the whole console.",
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
