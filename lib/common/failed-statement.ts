/** What node-postgres says of a statement that the server refused. */
interface ServerError extends Error {
  code: string;
  detail?: unknown;
  hint?: unknown;
  where?: unknown;
  internalQuery?: unknown;
  parameters?: unknown;
}

/** drizzle's error around it, with the statement and every value that went with it. */
interface QueryError extends Error {
  query: string;
  params: unknown;
}

const isQueryError = (error: Error): error is QueryError =>
  "query" in error && typeof error.query === "string" && "params" in error;
const isServerError = (error: Error): error is ServerError =>
  "severity" in error && "code" in error && typeof error.code === "string";

/**
 * Takes the values of a failed statement out of what was thrown, in place: what people typed, or a secret on its way into a row, must
 * reach no log and no answer, and the framework writes a page's error down by itself. Class, code, constraint and the statement with
 * its placeholders stay.
 *
 * @returns what it was given
 */
export function withoutValues<Thrown>(thrown: Thrown): Thrown {
  const seen = new Set<unknown>();
  for (let error: unknown = thrown; error instanceof Error && !seen.has(error); error = error.cause) {
    seen.add(error);
    if (isQueryError(error)) {
      // drizzle's message repeats the values, and its stack the message.
      const query = error.query.replace(/'(?:[^']|'')*('|$)/g, "'…'");
      say(error, `Failed query: ${query}`);
      error.query = query;
      error.params = [];
    } else if (isServerError(error)) {
      say(error, saidOf(error));
      for (const name of ["detail", "hint", "where", "internalQuery", "parameters"] as const) delete error[name];
    }
  }
  return thrown;
}

/** Its own message, the quoted part left out where Postgres quotes a value and not a name of ours. */
function saidOf({ code, message }: ServerError): string {
  // Data exceptions, syntax at a literal, and what a type's own input function says (class 22, 42601, 0A000, XX000).
  return /^(22|42601|0A|XX)/.test(code) ? message.replace(/".*"/s, '"…"').replace(/: [^"]*$/, ": …") : message;
}

function say(error: Error, message: string): void {
  const stack = error.stack ?? "";
  const head = stack.indexOf(error.message);
  const frames = head < 0 ? "" : stack.slice(head + error.message.length);
  error.message = message;
  error.stack = `${error.name}: ${message}${frames}`;
}
