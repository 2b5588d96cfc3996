import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { Message, SendContext } from "../types.ts";
import { send } from "./client.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function listening(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`);
    });
  });
}

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server that keeps what it was asked and answers as told. */
async function answering(answer: (response: ServerResponse) => void): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer(response);
    });
  });
  const url = await listening(server);
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url, seen };
}

const write: Message = {
  operation: "createInvoices",
  method: "PUT",
  path: "/api.xro/2.0/Invoices",
  query: { summarizeErrors: "false", unitdp: "4" },
  headers: {},
  body: '{"Invoices":[{"InvoiceNumber":"é 1","LineItems":[{"UnitAmount":10.1250}]}]}',
};
const read: Message = {
  operation: "getInvoices",
  method: "GET",
  path: "/api.xro/2.0/Invoices",
  query: { InvoiceNumbers: "A 1,B&2", page: "1", pageSize: "1000", unitdp: "4", includeArchived: "true" },
  headers: { "If-Modified-Since": "2026-11-21T09:00:00" },
  body: null,
};
const context = (apiUrl: string, more: Partial<SendContext> = {}): SendContext => ({
  connection: { id: "c", tenantId: "tenant-1", apiUrl, baseCurrency: "GBP" },
  accessToken: "token-1",
  idempotencyKey: null,
  timeoutMs: 5_000,
  ...more,
});

describe("a call to Xero", () => {
  it("leaves with exactly the bytes of its message, its key and its tenant", async () => {
    const { url, seen } = await answering((response) => response.end('{"Invoices":[]}'));
    const result = await send(write, context(url, { idempotencyKey: "KEY1" }));
    expect(result).toEqual({
      sent: true,
      answer: expect.objectContaining({ status: 200, body: '{"Invoices":[]}' }),
      bytesOut: Buffer.byteLength(write.body ?? ""),
      bytesIn: 15,
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: "PUT",
      url: "/api.xro/2.0/Invoices?summarizeErrors=false&unitdp=4",
      body: write.body,
    });
    expect(seen[0]?.headers).toMatchObject({
      "idempotency-key": "KEY1",
      "xero-tenant-id": "tenant-1",
      authorization: "Bearer token-1",
      accept: "application/json",
      "accept-encoding": "gzip",
    });
  });

  it("reads without a body, with every value of its query encoded", async () => {
    const { url, seen } = await answering((response) => response.end("{}"));
    await send(read, context(url));
    expect(seen[0]?.body).toBe("");
    expect(seen[0]?.headers["content-type"]).toBeUndefined();
    expect(seen[0]?.headers["if-modified-since"]).toBe("2026-11-21T09:00:00");
    expect(seen[0]?.url).toBe(
      "/api.xro/2.0/Invoices?InvoiceNumbers=A%201,B%262&page=1&pageSize=1000&unitdp=4&includeArchived=true",
    );
  });

  it("brings back what the SDK itself would drop or fall over", async () => {
    const body =
      '{"Invoices":[{"DateString":"2026-11-02T00:00:00","Reference":"/Date(","LineItems":[{"ValidationErrors":[{"Message":"x"}]}]}]}';
    const { url } = await answering((response) => {
      response.setHeader("Content-Encoding", "gzip");
      response.end(gzipSync(body));
    });
    const result = await send(read, context(url));
    expect(result).toMatchObject({ sent: true, answer: { status: 200, body }, bytesIn: gzipSync(body).length });
  });

  it("hands on a refusal, an empty 429 and a page that is no JSON as they came", async () => {
    for (const [status, body] of [
      [400, '{"Type":"ValidationException"}'],
      [429, ""],
      [200, "<html>Sign in</html>"],
      [503, "The Xero API is currently offline"],
    ] as const) {
      const { url } = await answering((response) => {
        response.statusCode = status;
        response.setHeader("Retry-After", "37");
        response.end(body);
      });
      expect(await send(write, context(url))).toMatchObject({
        sent: true,
        answer: { status, body, headers: { "retry-after": "37" } },
      });
    }
  });

  it("N14 follows no redirect", async () => {
    const { url, seen } = await answering((response) => {
      response.statusCode = 302;
      response.setHeader("Location", "/elsewhere");
      response.end();
    });
    expect(await send(write, context(url))).toMatchObject({ sent: true, answer: { status: 302 } });
    expect(seen).toHaveLength(1);
  });

  it("N01 N02 was certainly not sent when nobody listens or the name does not exist", async () => {
    const server = createTcpServer();
    const url = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await send(write, context(url))).toEqual({ sent: false, why: expect.stringContaining("ECONNREFUSED") });
    expect(await send(write, context("http://no-such-host.invalid:1"))).toEqual({ sent: false, why: expect.any(String) });
  });

  it("N12 was certainly not sent when the TLS handshake fails", async () => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    const url = await listening(server);
    closing.push(() => new Promise((resolve) => server.close(() => resolve())));
    expect(await send(write, context(url.replace("http:", "https:")))).toMatchObject({ sent: false });
  });

  it("N05 may have been sent when the line drops after the request", async () => {
    const { url } = await answering((response) => response.socket?.destroy());
    expect(await send(write, context(url))).toMatchObject({ sent: "maybe", why: "reset", partial: null });
  });

  it("N06 keeps what came of an answer that was cut off", async () => {
    const { url } = await answering((response) => {
      response.setHeader("Content-Length", "1000");
      response.write('{"Invoices":[', () => response.socket?.destroy());
    });
    expect(await send(write, context(url))).toMatchObject({ sent: "maybe", why: "reset", partial: '{"Invoices":[', bytesIn: 13 });
  });

  it("N07 N08 ends at its total deadline, whether the server hangs or drips", async () => {
    const hanging = await answering(() => {});
    expect(await send(write, context(hanging.url, { timeoutMs: 150 }))).toMatchObject({ sent: "maybe", why: "timeout" });
    const timers: NodeJS.Timeout[] = [];
    const dripping = await answering((response) => {
      timers.push(setInterval(() => response.write(" "), 20));
    });
    expect(await send(write, context(dripping.url, { timeoutMs: 300 }))).toMatchObject({ sent: "maybe", why: "timeout" });
    for (const timer of timers) clearInterval(timer);
  });

  it("N15 gives up on an answer that would fill the memory", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const { url } = await answering((response) => {
      response.setHeader("Content-Encoding", "gzip");
      response.end(bomb);
    });
    expect(await send(write, context(url))).toMatchObject({ sent: "maybe", why: "unparsable" });
  });

  it("keeps its calls apart when many are under way at once", async () => {
    const { url } = await answering((response) => {
      setImmediate(() => response.end(JSON.stringify({ url: response.req.url })));
    });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => send({ ...read, query: { ...read.query, InvoiceNumbers: `N${n}` } }, context(url))),
    );
    results.forEach((result, n) => {
      expect(result.sent === true && result.answer.body).toContain(`InvoiceNumbers=N${n}&`);
    });
  });

  it("refuses to send a message that the SDK would send otherwise", async () => {
    const { url, seen } = await answering((response) => response.end("{}"));
    await expect(send({ ...write, path: "/api.xro/2.0/Quotes" }, context(url))).rejects.toThrow(/xero-node built/);
    await expect(send({ ...write, query: { ...write.query, allowBackorders: "true" } }, context(url))).rejects.toThrow(
      /xero-node built the query/,
    );
    await expect(send({ ...write, operation: "createWonders" }, context(url))).rejects.toThrow();
    expect(seen).toHaveLength(0);
  });

  it("stops when asked to, and says that it may have been sent", async () => {
    const stopping = new AbortController();
    const { url } = await answering(() => stopping.abort());
    expect(await send(write, context(url, { signal: stopping.signal }))).toMatchObject({ sent: "maybe", why: "timeout" });
    expect(await send(write, context(url, { signal: stopping.signal }))).toMatchObject({ sent: false });
  });
});
