import { AsyncLocalStorage } from "node:async_hooks";
import pino from "pino";
import { withoutValues } from "#lib/common/failed-statement.ts";

// Whatever may hold a credential or a person's words from a package; the scan in the tests looks for what slips through.
const SECRET = [
  "password",
  "passwordHash",
  "token",
  "accessToken",
  "refreshToken",
  "access_token",
  "refresh_token",
  "id_token",
  "client_secret",
  "clientSecret",
  "secret",
  "code_verifier",
  "authorization",
  "Authorization",
  "cookie",
  "Cookie",
  "set-cookie",
  "idempotencyKey",
  "SMTP_URL",
  "DATABASE_URL",
];
const SECRETS = new Set(SECRET.map((name) => name.toLowerCase()));
const CENSOR = "[removed]";

/** What a credential looks like inside a sentence: a bearer's token, a JWT, a secret of ours at rest, a login within an address. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${CENSOR}`],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*/g, CENSOR],
  [/\bv1\.[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{16,}/g, CENSOR],
  [/\bgtw_[A-Za-z0-9_-]{8,}/g, CENSOR],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]+@/gi, `$1${CENSOR}@`],
  [/\b((?:access|refresh|id)_token|client_secret|code_verifier|password)(["']?\s*[=:]\s*["']?)[^\s"'&,}]{6,}/gi, `$1$2${CENSOR}`],
  [/([?&](?:code|state|token)=)[^\s&"']+/gi, `$1${CENSOR}`],
  [/\$argon2[a-z]*\$[^\s"',]+/g, CENSOR],
  // The values of a statement that failed: what a person typed, or a secret on its way into a row.
  [/\nparams: [\s\S]*?(?=\n\s+at |$)/g, `\nparams: ${CENSOR}`],
];

/** A text without anything that looks like a credential. */
export function scrub(text: string): string {
  return SHAPES.reduce((rest, [shape, by]) => rest.replace(shape, by), text);
}

const DEEPEST = 6;

/** Names are not enough: a package's own words, an SDK's error or a driver's may hold anything, at any depth. */
function scrubbed(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return scrub(value);
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date || typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return scrubbed(pino.stdSerializers.err(withoutValues(value)), depth);
  if (depth >= DEEPEST || Buffer.isBuffer(value)) return CENSOR;
  if (Array.isArray(value)) return value.map((one) => scrubbed(one, depth + 1));
  return Object.fromEntries(
    // Not `Object.entries` of the prototype too: an error's serialised form keeps the raw error there.
    Object.entries(value).map(([name, one]) => [
      name,
      SECRETS.has(name.toLowerCase()) && typeof one !== "number" && typeof one !== "boolean" ? CENSOR : scrubbed(one, depth + 1),
    ]),
  );
}

/** Whose doing a line is about: every line within carries it. */
export interface LogContext {
  /** One request of a browser, or one time slice of a worker. */
  readonly requestId?: string;
  readonly userId?: string;
  readonly clientId?: string;
  readonly connectionId?: string;
  readonly runId?: string;
  readonly callId?: string;
  readonly postingIds?: readonly string[];
}

// Next bundles pages, handlers and instrumentation apart: a process has one, outside the modules.
const KEPT = Symbol.for("greentick.log-context");
const kept = globalThis as typeof globalThis & { [KEPT]?: AsyncLocalStorage<LogContext> };
kept[KEPT] ??= new AsyncLocalStorage();
const contexts = kept[KEPT];

/** Runs `work`; every line that it logs carries these ids beside those around it. */
export function withLogContext<T>(context: LogContext, work: () => T): T {
  return contexts.run({ ...contexts.getStore(), ...context }, work);
}

/** Adds to the ids of the innermost {@link withLogContext}, once they are known: who it is, which client. */
export function addLogContext(context: LogContext): void {
  const store = contexts.getStore();
  if (store) Object.assign(store, context);
}

/** The process's log: JSON lines on standard output, times in UTC, secrets cut out, one line an event whatever the text holds. */
export const log = pino({
  base: { pid: process.pid },
  timestamp: pino.stdTimeFunctions.isoTime,
  mixin: () => ({ ...contexts.getStore() }),
  redact: {
    paths: [...SECRET, ...SECRET.map((name) => `*["${name}"]`), ...SECRET.map((name) => `*.headers["${name}"]`)].map((path) =>
      /^[A-Za-z_]+$/.test(path) || path.includes("[") ? path : `["${path}"]`,
    ),
    censor: CENSOR,
  },
  formatters: { log: (line) => scrubbed(line) as Record<string, unknown> },
  hooks: {
    logMethod(args, method) {
      method.apply(this, args.map((one) => (typeof one === "string" ? scrub(one) : one)) as typeof args);
    },
  },
});
