import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { makePostingScene } from "#lib/testing/posting-scene.ts";
import { inSpan, isTracing, startTracing, stopTracing } from "./trace.ts";

const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  attributes: z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })),
  events: z.array(z.object({ name: z.string() })).optional(),
});
const exported = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })) })),
});

const spans: z.infer<typeof spanSchema>[] = [];
const collector = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { resourceSpans } = exported.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
    spans.push(...resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans)));
    response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
  });
});
const scene = await makePostingScene("own");

beforeAll(() => new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve)));
afterAll(async () => {
  await scene.close();
  collector.close();
});

const parents = (client: Awaited<ReturnType<typeof scene.client>>) =>
  client.inScope(async (db) => [...(await db.execute<{ trace_parent: string | null }>(sql`select trace_parent from runs`)).rows]);

describe("traces", () => {
  it("cost nothing where no collector is set: nothing is made, and nothing kept", async () => {
    await startTracing("greentick-worker", undefined);
    expect(isTracing()).toBe(false);
    const client = await scene.client();
    await client.add({ number: "INV-T0" });
    await inSpan("action export.upload", {}, () => client.upload());
    await client.work();
    expect((await parents(client)).map((row) => row.trace_parent)).toEqual([null]);
    expect(spans).toHaveLength(0);
  });

  it("go from the click to the tick as one, over the processes between", async () => {
    const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    await startTracing("greentick-worker", endpoint);
    const client = await scene.client();
    await client.add({ number: "INV-T1" });
    await inSpan("action export.upload", {}, () => client.upload());
    // Outside the click's own span, as in another process: what joins them stands in the run alone.
    await client.work();
    await stopTracing();
    const click = spans.find((span) => span.name === "action export.upload");
    const names = spans.filter((span) => span.traceId === click?.traceId).map((span) => span.name);
    expect(names).toEqual(expect.arrayContaining(["action export.upload", "posting.send", "provider.call", "posting.confirm"]));
    expect((await parents(client))[0]?.trace_parent).toContain(click?.traceId);
    const tick = spans.find((span) => span.name === "posting.confirm" && span.events?.some((event) => event.name === "tick"));
    expect(tick?.traceId).toBe(click?.traceId);
    expect(tick?.parentSpanId).toBe(click?.spanId);

    // The package's own id of the call, with the attempt and with the span.
    const [call] = await client.inScope(async (db) => [
      ...(
        await db.execute<{ id: string | null }>(sql`
          select c.answer_headers ->> 'xero-correlation-id' as id from posting_attempts a join posting_calls c on c.id = a.call_id
          join postings p on p.id = a.posting_id where p.reference = 'INV-T1'`)
      ).rows,
    ]);
    expect(call?.id).toMatch(/^[0-9a-f-]{36}$/);
    const given = spans.flatMap((span) =>
      span.name === "provider.call" ? span.attributes.filter((one) => one.key === "greentick.provider_request_id") : [],
    );
    expect(given.map((one) => one.value.stringValue)).toContain(call?.id);
  });
});
