import type { IncomingMessage, ServerResponse } from "node:http";
import type { SimulatorClock } from "#lib/simulator/clock.ts";
import type { Fields } from "#lib/simulator/http.ts";
import type { Journal } from "#lib/simulator/journal.ts";

/** What a simulated package is given to work with. */
export type Surroundings = {
  clock: SimulatorClock;
  journal: Journal;
  /** The one OAuth client that is known, or null to accept any. */
  client: { id: string; secret: string } | null;
};

/** One accounting package inside the simulator. The general server knows only this much of it. */
export type SimulatedPackage = {
  /** As in the control paths: `xero`. */
  readonly id: string;
  readonly name: string;
  /** Where its calls are: "" at the root of the port, or "/name". Their `url` is below it. */
  readonly mount: string;
  /** Answers a call in the package's own wire format; false when the path is not one of its own. */
  serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean>;
  /** Answers `/_control/{id}/…rest`; undefined when there is no such call. */
  control(method: string, rest: readonly string[], query: URLSearchParams, body: Fields): unknown;
  /** Serves the pages under `/{id}`, for a person. */
  page(request: IncomingMessage, response: ServerResponse, url: URL, rest: readonly string[]): Promise<boolean>;
  tenants(): { id: string; name: string }[];
  reset(): void;
  /** Takes back one journal change. */
  restore(change: unknown): void;
  /** Everything worth keeping, as journal changes. */
  snapshot(): Iterable<unknown>;
};
