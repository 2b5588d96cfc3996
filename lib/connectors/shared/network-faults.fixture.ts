import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, expect, it } from "vitest";
import type { Message, SendResult } from "../types.ts";

const closing: (() => Promise<void>)[] = [];

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
export async function answering(answer: (response: ServerResponse) => void): Promise<{ url: string; seen: Seen[] }> {
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

type Send = (message: Message, context: { apiUrl: string; timeoutMs?: number; signal?: AbortSignal }) => Promise<SendResult>;

/**
 * What a client makes of the ways in which a network fails: the same of every package that is called by http.
 * @param write a call that its client can send, which changes something there
 * @param read one with a query
 */
export function networkFaults(send: Send, write: Message, read: Message): void {
  // Here and not at the head: files of one worker share this module, and a hook there would be the first one's alone.
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  const [several = ""] = Object.keys(read.query);
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
      expect(await send(write, { apiUrl: url })).toMatchObject({
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
    expect(await send(write, { apiUrl: url })).toMatchObject({ sent: true, answer: { status: 302 } });
    expect(seen).toHaveLength(1);
  });

  it("N01 N02 was certainly not sent when nobody listens or the name does not exist", async () => {
    const server = createTcpServer();
    const url = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await send(write, { apiUrl: url })).toEqual({ sent: false, why: expect.stringContaining("ECONNREFUSED") });
    expect(await send(write, { apiUrl: "http://no-such-host.invalid:1" })).toEqual({ sent: false, why: expect.any(String) });
  });

  it("N12 was certainly not sent when the TLS handshake fails", async () => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    });
    const url = await listening(server);
    closing.push(() => new Promise((resolve) => server.close(() => resolve())));
    expect(await send(write, { apiUrl: url.replace("http:", "https:") })).toMatchObject({ sent: false });
  });

  it("N05 may have been sent when the line drops after the request", async () => {
    const { url } = await answering((response) => response.socket?.destroy());
    expect(await send(write, { apiUrl: url })).toMatchObject({ sent: "maybe", why: "reset", partial: null });
  });

  it("N06 keeps what came of an answer that was cut off", async () => {
    const { url } = await answering((response) => {
      response.setHeader("Content-Length", "1000");
      response.write('{"Invoices":[', () => response.socket?.destroy());
    });
    expect(await send(write, { apiUrl: url })).toMatchObject({
      sent: "maybe",
      why: "reset",
      partial: '{"Invoices":[',
      bytesIn: 13,
    });
  });

  it("N07 N08 ends at its total deadline, whether the server hangs or drips", async () => {
    const hanging = await answering(() => {});
    expect(await send(write, { apiUrl: hanging.url, timeoutMs: 150 })).toMatchObject({ sent: "maybe", why: "timeout" });
    const timers: NodeJS.Timeout[] = [];
    const dripping = await answering((response) => {
      timers.push(setInterval(() => response.write(" "), 20));
    });
    expect(await send(write, { apiUrl: dripping.url, timeoutMs: 300 })).toMatchObject({ sent: "maybe", why: "timeout" });
    for (const timer of timers) clearInterval(timer);
  });

  it("N15 gives up on an answer that would fill the memory", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 1 });
    const { url } = await answering((response) => {
      response.setHeader("Content-Encoding", "gzip");
      response.end(bomb);
    });
    expect(await send(write, { apiUrl: url })).toMatchObject({ sent: "maybe", why: "unparsable" });
  });

  it("keeps its calls apart when many are under way at once", async () => {
    const { url } = await answering((response) => {
      setImmediate(() => response.end(JSON.stringify({ url: response.req.url })));
    });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        send({ ...read, query: { ...read.query, [several]: `N${100 + n}` } }, { apiUrl: url }),
      ),
    );
    results.forEach((result, n) => {
      expect(result.sent === true && result.answer.body).toContain(`${several}=N${100 + n}`);
    });
  });

  it("stops when asked to, and says that it may have been sent", async () => {
    const stopping = new AbortController();
    const { url } = await answering(() => stopping.abort());
    expect(await send(write, { apiUrl: url, signal: stopping.signal })).toMatchObject({ sent: "maybe", why: "timeout" });
    expect(await send(write, { apiUrl: url, signal: stopping.signal })).toMatchObject({ sent: false });
  });
}
