import { env } from "#lib/env.ts";

/** Whether a changing request comes from our own pages: `Origin` must be there and be the console's public origin, whatever `Host` says. */
export function isOwnOrigin(origin: string | null): boolean {
  return origin !== null && origin === new URL(env().APP_URL).origin;
}
