import pino from "pino";

// Whatever may hold a credential or a person's words from a package; the census in the tests looks for what slips through.
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
  "code",
  "authorization",
  "Authorization",
  "cookie",
  "set-cookie",
];

/** The process's log: JSON lines on standard output, times in UTC, secrets cut out, one line an event whatever the text holds. */
export const log = pino({
  base: { pid: process.pid },
  timestamp: pino.stdTimeFunctions.isoTime,
  redact: {
    paths: [...SECRET, ...SECRET.map((name) => `*["${name}"]`), ...SECRET.map((name) => `*.headers["${name}"]`)].map((path) =>
      /^[A-Za-z_]+$/.test(path) || path.includes("[") ? path : `["${path}"]`,
    ),
    censor: "[removed]",
  },
  serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
});
