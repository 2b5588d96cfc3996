const STEPS = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** "340 bytes", "1.2 MiB": bytes in a reader's words, by 1,024 as packages count them; figure and unit stay on one line. */
export function formatBytes(bytes: number, locale = "en-GB"): string {
  let step = 0;
  let figure = bytes;
  for (; figure >= 1_024 && step < STEPS.length - 1; step += 1) figure /= 1_024;
  const digits = step === 0 || figure >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(figure)}\u00a0${STEPS[step]}`;
}
