/** An id in what somebody pasted: the number itself, or an address of their screens that names it. */
export function idIn(pasted: string): string | null {
  const said = pasted.trim().slice(0, 2_000);
  if (/^\d{1,19}$/.test(said)) return said;
  return /[?&](?:txnId|nameId)=(\d{1,19})(?:&|#|$)/.exec(said)?.[1] ?? null;
}
