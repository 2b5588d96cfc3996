import type { PriceList } from "../types.ts";
import { ACCOUNTING } from "./push.ts";

const GIB = 1_024 ** 3;
const OVER = { minorPerGiB: 240n };

/**
 * Xero's prices for apps since 2 March 2026, in Australian dollars a month before tax. They are measured for each app: connections are
 * organisations with a valid grant, egress is the bytes of answers, set back on the first of the month. Whether answers to writes count,
 * and whether bytes are counted before or after compression, is not said: all answers are counted here, as they crossed the wire.
 * @see https://developer.xero.com/pricing
 */
export const prices: PriceList = {
  currency: "AUD",
  since: "2026-03-02",
  tiers: [
    { name: "Starter", connections: 5, monthMinor: 0n, egress: "free", perDay: 1_000 },
    { name: "Core", connections: 50, monthMinor: 3_500n, egress: { includedBytes: 10 * GIB, ...OVER }, perDay: 5_000 },
    { name: "Plus", connections: 1_000, monthMinor: 24_500n, egress: { includedBytes: 50 * GIB, ...OVER }, perDay: 5_000 },
    { name: "Advanced", connections: 10_000, monthMinor: 144_500n, egress: { includedBytes: 250 * GIB, ...OVER }, perDay: 5_000 },
    { name: "Enterprise", connections: null, monthMinor: null, egress: "by-quote", perDay: 5_000 },
  ],
  // What tells about the organisation itself is free.
  isCharged: ({ path }) => path !== `${ACCOUNTING}/Organisation` && !path.startsWith(`${ACCOUNTING}/Organisation/`),
};
