import { decimalToMinor } from "#lib/common/money.ts";

/** A figure as a person types it, "1,234.50" or "1234.5", in minor units; null when it is none of this currency. */
export function parseAmount(text: string, currency: string): bigint | null {
  const plain = text.trim();
  // A comma stands before thousands only: "12,50" might be twelve and a half or twelve hundred and fifty.
  const grouped = /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain);
  const minor = decimalToMinor(grouped ? plain.replaceAll(",", "") : plain, currency);
  return minor !== null && minor > 0n ? minor : null;
}
