import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Seconds, from OpenTelemetry's conventions for durations of HTTP requests. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** One process's figures. No label ever names a tenant, a client or a person: each value of a label is a series of its own. */
function makeMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    postings: new Counter({
      name: "sync_postings_total",
      help: "Postings that reached an outcome in this process",
      labelNames: ["provider", "kind", "outcome"],
      registers,
    }),
    calls: new Counter({
      name: "sync_provider_calls_total",
      help: "Calls to packages by this process",
      labelNames: ["provider", "status_class"],
      registers,
    }),
    throttled: new Counter({
      name: "sync_provider_throttled_total",
      help: "Answers 429 of packages, by the limit they name",
      labelNames: ["provider", "limit"],
      registers,
    }),
    refreshes: new Counter({
      name: "sync_token_refresh_total",
      help: "Refreshes of access tokens",
      labelNames: ["provider", "result"],
      registers,
    }),
    mismatches: new Counter({
      name: "sync_reconcile_mismatch_total",
      help: "Records that a read of the package showed to differ from what was sent",
      labelNames: ["provider"],
      registers,
    }),
    server: new Histogram({
      name: "http_server_request_duration_seconds",
      help: "Requests answered by this process",
      labelNames: ["http_request_method", "http_response_status_code", "http_route", "url_scheme"],
      buckets: SECONDS,
      registers,
    }),
    client: new Histogram({
      name: "http_client_request_duration_seconds",
      help: "Requests made by this process",
      labelNames: ["http_request_method", "http_response_status_code", "server_address", "error_type"],
      buckets: SECONDS,
      registers,
    }),
    unknown: new Gauge({ name: "sync_posting_unknown", help: "Postings whose outcome is being looked up", registers }),
    unknownAge: new Gauge({
      name: "sync_posting_unknown_age_seconds_max",
      help: "Since the oldest of them was sent",
      registers,
    }),
    tokens: new Gauge({
      name: "sync_rate_tokens_available",
      help: "Calls that a limit shared by all tenants still allows",
      labelNames: ["provider", "scope"],
      registers,
    }),
    queueReady: new Gauge({ name: "sync_queue_ready", help: "Jobs that wait for a worker", registers }),
    queueOldest: new Gauge({ name: "sync_queue_oldest_seconds", help: "For how long the oldest of them has waited", registers }),
    connections: new Gauge({
      name: "sync_connections",
      help: "Connections by state",
      labelNames: ["provider", "state"],
      registers,
    }),
    auditOk: new Gauge({
      name: "sync_audit_chain_ok",
      help: "1 while no row of the audit was found broken; a thousand rows are checked with each reading, round and round",
      registers,
    }),
    cursorLag: new Gauge({
      name: "sync_cursor_lag_seconds",
      help: "Since the live connection that was read longest ago was read",
      registers,
    }),
  };
}

type Metrics = ReturnType<typeof makeMetrics>;

// Next bundles instrumentation, pages and handlers apart: a process has one set of figures, outside the modules.
const KEPT = Symbol.for("greentick.metrics");
const kept = globalThis as typeof globalThis & { [KEPT]?: Metrics };

export function metrics(): Metrics {
  kept[KEPT] ??= makeMetrics();
  return kept[KEPT];
}

/** Also counts what the process itself uses: memory, processor, event loop. Once a process. */
export function countProcess(): void {
  collectDefaultMetrics({ register: metrics().registry });
}

/** Notes the outcome of `count` postings of one kind. */
export function countPostings(provider: string, kind: string, outcome: string, count = 1): void {
  if (count > 0) metrics().postings.inc({ provider, kind, outcome }, count);
}

/** Notes one call: `2xx` … `5xx`, `not-sent` when no byte left, `unknown` when no whole answer came. */
export function countCall(
  provider: string,
  result: { sent: true; answer: { status: number } } | { sent: false | "maybe" },
): void {
  const status_class =
    result.sent === true ? `${Math.floor(result.answer.status / 100)}xx` : result.sent === false ? "not-sent" : "unknown";
  metrics().calls.inc({ provider, status_class });
}

export function countThrottled(provider: string, limit: string): void {
  metrics().throttled.inc({ provider, limit });
}

export function countRefresh(provider: string, result: "ok" | "refused" | "failed"): void {
  metrics().refreshes.inc({ provider, result });
}

export function countMismatches(provider: string, count: number): void {
  if (count > 0) metrics().mismatches.inc({ provider }, count);
}
