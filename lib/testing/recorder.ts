import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as send } from "node:http";

/** One call as it crossed the wire, and what came back of it. */
export interface Recorded {
  readonly method: string;
  /** With its query, as it was sent. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Null when the connection ended without a whole answer. */
  answer: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string } | null;
}

export interface Recorder {
  /** Stands for the server behind it. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A proxy before an HTTP server that passes every byte on and writes down every call.
 *
 * @param into where calls are written, in the order in which they came
 */
export async function startRecorder(target: string, into: Recorded[]): Promise<Recorder> {
  const server = createServer(async (asked, answered) => {
    const bytes = await whole(asked);
    const call: Recorded = {
      method: asked.method ?? "",
      path: asked.url ?? "",
      headers: textual(asked.headers),
      body: bytes.toString("utf8"),
      answer: null,
    };
    into.push(call);
    const onward = send(new URL(call.path, target), { method: call.method, headers: asked.headers, agent: false });
    const cut = () => asked.socket.resetAndDestroy();
    onward.once("error", cut);
    onward.once("response", async (response) => {
      answered.writeHead(response.statusCode ?? 0, response.headers);
      try {
        const body = await whole(response);
        call.answer = {
          status: response.statusCode ?? 0,
          headers: textual(response.headers),
          body: body.toString("utf8"),
        };
        answered.end(body);
      } catch {
        cut();
      }
    });
    onward.end(bytes);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function whole(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)));
  return Buffer.concat(chunks);
}

function textual(headers: IncomingHttpHeaders): Record<string, string> {
  const text: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) text[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return text;
}
