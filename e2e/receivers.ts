import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { z } from "zod";
import type { Product } from "./product.ts";

/** The most spans that are kept: a whole run makes far more than a spec looks for. */
const MOST_SPANS = 50_000;

const attribute = z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) });
const spanSchema = z.object({
  traceId: z.string(),
  name: z.string(),
  attributes: z.array(attribute).catch([]),
  events: z.array(z.object({ name: z.string(), attributes: z.array(attribute).catch([]) })).catch([]),
});
const tracesSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(attribute) }),
      scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })),
    }),
  ),
});
const receivedSchema = z.object({
  spans: z.array(spanSchema.extend({ service: z.string() })),
  mails: z.array(z.object({ to: z.string(), raw: z.string() })),
  posts: z.array(z.object({ headers: z.record(z.string(), z.string()), body: z.string() })),
});
export type Received = z.infer<typeof receivedSchema>;

/** What stands outside the product: a collector of traces, somebody's webhook, a mail server. What they got is asked for over HTTP. */
export async function startReceivers(): Promise<{ url: string; smtpUrl: string; stop(): void }> {
  const received: Received = { spans: [], mails: [], posts: [] };
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        received.mails.push({ to: session.envelope.rcptTo[0]?.address ?? "", raw: Buffer.concat(chunks).toString("utf8") });
        done();
      });
    },
  });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      if (request.method === "GET") return response.end(JSON.stringify(received));
      if (request.url === "/v1/traces") {
        for (const { resource, scopeSpans } of tracesSchema.parse(JSON.parse(body)).resourceSpans) {
          const service = String(resource.attributes.find((one) => one.key === "service.name")?.value.stringValue);
          received.spans.push(...scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service }))));
        }
        received.spans.splice(0, received.spans.length - MOST_SPANS);
      } else {
        const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
        received.posts.push({ headers, body });
      }
      response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    smtpUrl: `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
      smtp.close();
    },
  };
}

/** What they have got so far. */
export async function received(product: Product): Promise<Received> {
  return receivedSchema.parse(await (await fetch(product.receiversUrl)).json());
}
