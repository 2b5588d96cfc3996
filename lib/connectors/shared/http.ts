import http from "node:http";
import https from "node:https";
import type { Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import { promisify } from "node:util";
import zlib from "node:zlib";
import type { Message, RawAnswer, SendResult, UnknownReason } from "../types.ts";

/** The largest answer that is read, decompressed, in bytes. */
const LARGEST_ANSWER = 20 * 1024 * 1024;
/** Real milliseconds within which a connection must stand. */
const CONNECT_MS = 10_000;

/**
 * Reads share connections. A write opens its own: a shared one may just have been closed there, a
 * reset would then leave us unsure whether the write arrived, and each such doubt costs the
 * package's settle delay, which is minutes.
 */
const agents = {
  read: {
    http: new http.Agent({ keepAlive: true, maxSockets: 64 }),
    https: new https.Agent({ keepAlive: true, maxSockets: 64 }),
  },
  write: {
    http: new http.Agent({ keepAlive: false }),
    https: new https.Agent({ keepAlive: false, minVersion: "TLSv1.2" }),
  },
};

interface HttpOptions {
  /** Whether the call may change something there. */
  readonly writes: boolean;
  /** Real milliseconds until the whole call is given up: a total deadline, not an idle one. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * One request by Node's own http(s) whose failures are told apart: before the connection stood
 * nothing was sent, after that it may have been. One object for one call.
 */
export class HttpCall {
  readonly #options: HttpOptions;
  readonly #deadline: NodeJS.Timeout;
  readonly #stop = () => this.#giveUp("signal");
  #request: http.ClientRequest | null = null;
  /** TCP is up, and TLS for https: from then on bytes may have left. */
  #connected = false;
  #answer: RawAnswer | null = null;
  #chunks: Buffer[] = [];
  #bytesIn = 0;
  /** Why the call was given up, when we gave it up. */
  #gaveUp: "deadline" | "connect" | "signal" | "too-large" | null = null;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#deadline = setTimeout(() => this.#giveUp("deadline"), Math.max(1, options.timeoutMs));
    options.signal?.addEventListener("abort", this.#stop);
  }

  /** Opens the request. @param answered gets the answer's head; its body is for {@link receive} */
  request(options: http.RequestOptions, answered: (response: http.IncomingMessage) => void): http.ClientRequest {
    const secure = options.protocol === "https:";
    const pool = this.#options.writes ? agents.write : agents.read;
    const own = options.agent instanceof http.Agent ? options.agent : null;
    const agent = own ?? (secure ? pool.https : pool.http);
    const request = (secure ? https : http).request({ ...options, agent }, answered);
    this.#request = request;
    request.once("socket", (socket) => {
      if (request.reusedSocket) {
        this.#connected = true;
        return;
      }
      const stands = () => {
        this.#connected = true;
        clearTimeout(timer);
      };
      const withinMs = Math.min(CONNECT_MS, this.#options.timeoutMs);
      const timer = setTimeout(() => this.#giveUp("connect"), withinMs);
      timer.unref();
      socket.once("close", () => clearTimeout(timer));
      if (secure) (socket as TLSSocket).once("secureConnect", stands);
      else if (socket.connecting) socket.once("connect", stands);
      else stands();
    });
    return request;
  }

  #giveUp(why: "deadline" | "connect" | "signal" | "too-large"): void {
    this.#gaveUp ??= why;
    this.#request?.destroy(new Error(`given up: ${why}`));
  }

  /** Reads an answer to its end and keeps it. @throws when it is cut off, too large, or cannot be decompressed */
  async receive(status: number, given: Readonly<Record<string, unknown>>, stream: Readable): Promise<void> {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(given)) {
      if (typeof value === "string") headers[name.toLowerCase()] = value;
      else if (Array.isArray(value)) headers[name.toLowerCase()] = value.join(", ");
    }
    for await (const chunk of stream) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      this.#chunks.push(bytes);
      this.#bytesIn += bytes.length;
      if (this.#bytesIn > LARGEST_ANSWER) this.#giveUp("too-large");
    }
    const whole = Buffer.concat(this.#chunks);
    try {
      const body = await decompressed(whole, headers["content-encoding"]);
      this.#answer = { status, headers, body: body.toString("utf8") };
    } catch (error) {
      this.#gaveUp ??= "too-large";
      throw error;
    }
  }

  /** Lets its deadline and its signal go; to be called whatever came. */
  end(): void {
    clearTimeout(this.#deadline);
    this.#options.signal?.removeEventListener("abort", this.#stop);
  }

  /**
   * How it went: until the connection stands nothing has left this machine; after that only a full
   * answer says what happened.
   * @param why what the failure said, for people
   * @throws {Error} when it never came to a request: a fault of ours, and no call that did not go
   */
  result(message: Message, why: string): SendResult {
    if (this.#request === null) throw new Error(`${message.operation} could not be sent: ${why}`);
    const bytesOut = bytesOf(message);
    const bytesIn = this.#bytesIn;
    if (this.#answer) return { sent: true, answer: this.#answer, bytesOut, bytesIn };
    if (!this.#connected) {
      return { sent: false, why: this.#gaveUp ? `no connection: ${this.#gaveUp}` : why };
    }
    const partial = this.#bytesIn === 0 ? null : Buffer.concat(this.#chunks).toString("utf8");
    return { sent: "maybe", why: this.#unknownReason(), partial, bytesOut, bytesIn };
  }

  #unknownReason(): UnknownReason {
    switch (this.#gaveUp) {
      case "too-large":
        return "unparsable";
      case null:
        return "reset";
      default:
        return "timeout";
    }
  }
}

const gunzip = promisify(zlib.gunzip);
const inflate = promisify(zlib.inflate);
const brotli = promisify(zlib.brotliDecompress);

async function decompressed(bytes: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (bytes.length === 0) return bytes;
  const options = { maxOutputLength: LARGEST_ANSWER };
  switch (encoding?.toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return gunzip(bytes, options);
    case "deflate":
      return inflate(bytes, options);
    case "br":
      return brotli(bytes, options);
    default:
      return bytes;
  }
}

/** Bytes of a message's body or file. */
function bytesOf(message: Message): number {
  return message.file?.bytes.length ?? (message.body === null ? 0 : Buffer.byteLength(message.body));
}

interface HttpContext extends Omit<HttpOptions, "writes"> {
  /** Where the package's API answers, without a trailing slash. */
  readonly apiUrl: string;
  /** What the message does not say itself: who asks, under which key. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Sends one message by http, its body byte for byte, and answers what came, unparsed: for packages
 * that need no SDK. Redirects are not followed.
 */
export async function sendByHttp(message: Message, context: HttpContext): Promise<SendResult> {
  const { apiUrl, headers, timeoutMs, signal } = context;
  if (signal?.aborted) return { sent: false, why: "stopped before sending" };
  const url = new URL(`${apiUrl}${message.path}`);
  const query = Object.entries(message.query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
  const body = message.file ? message.file.bytes : message.body;
  const type = message.file ? { "content-type": message.file.mediaType } : {};
  const call = new HttpCall({
    writes: message.method !== "GET",
    timeoutMs,
    ...(signal ? { signal } : {}),
  });
  let why = "no answer";
  try {
    await new Promise<void>((resolve, reject) => {
      const request = call.request(
        {
          protocol: url.protocol,
          hostname: url.hostname.replace(/^\[|\]$/g, ""),
          port: url.port,
          path: `${url.pathname}${query === "" ? "" : `?${query}`}`,
          method: message.method,
          headers: {
            ...type,
            ...message.headers,
            ...headers,
            "accept-encoding": "gzip",
            ...(body === null ? {} : { "content-length": String(bytesOf(message)) }),
          },
        },
        (response) => {
          call.receive(response.statusCode ?? 0, response.headers, response).then(resolve, reject);
        },
      );
      request.once("error", reject);
      request.end(body ?? undefined);
    });
  } catch (error) {
    why = whyOf(error);
  } finally {
    call.end();
  }
  return call.result(message, why);
}

/** The system's word for a failure, where it has one: it names no header and no token. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return "no answer";
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}
