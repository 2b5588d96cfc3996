import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { scrub } from "#lib/log.ts";

interface Tracing {
  stop(): Promise<void>;
}

// Next bundles pages, handlers and instrumentation apart: whether this process traces stands outside the modules.
const KEPT = Symbol.for("greentick.tracing");
const kept = globalThis as typeof globalThis & { [KEPT]?: Tracing };

/**
 * Sends this process's spans to an OTLP collector. Loaded only where an address is set: otherwise nothing is made, asked or kept.
 * @param endpoint base address, as `OTEL_EXPORTER_OTLP_ENDPOINT` gives it: spans go to `/v1/traces` below it
 */
export async function startTracing(service: "greentick-web" | "greentick-worker", endpoint: string | undefined): Promise<void> {
  if (endpoint === undefined || kept[KEPT]) return;
  const { BatchSpanProcessor, NodeTracerProvider } = await import("@opentelemetry/sdk-trace-node");
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const attributes = { "service.name": service, "process.pid": process.pid };
  // The SDK's own maker of one is in a package of its own, for these two attributes.
  const resource: NonNullable<NonNullable<ConstructorParameters<typeof NodeTracerProvider>[0]>["resource"]> = {
    attributes,
    merge: (other) => other ?? resource,
    getRawAttributes: () => Object.entries(attributes),
  };
  const provider = new NodeTracerProvider({
    resource,
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }), { scheduledDelayMillis: 1_000 }),
    ],
  });
  provider.register();
  kept[KEPT] = { stop: () => provider.shutdown() };
}

/** Sends what is left, and stops. */
export async function stopTracing(): Promise<void> {
  const tracing = kept[KEPT];
  delete kept[KEPT];
  await tracing?.stop().catch(() => {});
}

/** Whether anybody listens; where not, no span is made and nothing is read for one. */
export function isTracing(): boolean {
  return kept[KEPT] !== undefined;
}

/** Runs `work` as a span within what is under way. */
export async function inSpan<T>(name: string, attributes: Attributes, work: (span: Span | null) => Promise<T>): Promise<T> {
  if (!isTracing()) return work(null);
  return within(context.active(), name, attributes, work);
}

/** Runs `work` as a span of the trace that this W3C `traceparent` names; of a new one for null. */
export async function inTrace<T>(
  traceParent: string | null,
  name: string,
  attributes: Attributes,
  work: (span: Span | null) => Promise<T>,
): Promise<T> {
  if (!isTracing()) return work(null);
  return within(contextOf(traceParent), name, attributes, work);
}

function within<T>(parent: Context, name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> {
  return trace.getTracer("greentick").startActiveSpan(name, { attributes }, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: scrub(error instanceof Error ? error.message : String(error)) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Notes in the span that is under way, if any, that something happened to so many postings. */
export function noteInSpan(event: string, count: number): void {
  if (isTracing()) trace.getActiveSpan()?.addEvent(event, { "greentick.postings": count });
}

/** The W3C `traceparent` of what is under way, to be kept with work that goes on in another process; null when nothing is traced. */
export function currentTraceParent(): string | null {
  const span = isTracing() ? trace.getActiveSpan()?.spanContext() : undefined;
  if (!span || !isSpanContextValid(span)) return null;
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent ?? null;
}

function contextOf(traceParent: string | null): Context {
  return traceParent === null ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent: traceParent });
}

/** Notes in other traces that what was just done for `name` concerned them too, each with a link to where it is told. */
export function alsoIn(traceParents: readonly string[], name: string, attributes: Attributes, told: Span): void {
  for (const traceParent of traceParents) {
    trace
      .getTracer("greentick")
      .startSpan(name, { attributes, links: [{ context: told.spanContext() }] }, contextOf(traceParent))
      .end();
  }
}
