/**
 * The words of a refused connection, on their way from the callback to Setup: in a cookie, since an address could be made up by
 * anybody and would put their words on our page.
 */
export const REFUSED_COOKIE = "greentick-connect-refused";
const MOST = 600;

export function refusedCookie(message: string, secure: boolean): string {
  const value = encodeURIComponent(message.slice(0, MOST));
  return `${REFUSED_COOKIE}=${value}; Path=/clients; Max-Age=120; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** What {@link refusedCookie} kept; null without it. */
export function readRefused(value: string | undefined): string | null {
  if (!value) return null;
  try {
    return decodeURIComponent(value).slice(0, MOST);
  } catch {
    return null;
  }
}
