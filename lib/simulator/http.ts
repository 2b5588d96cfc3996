import type { IncomingMessage, ServerResponse } from "node:http";

/** Something asked for that we refuse; `status` and `message` go back to the caller of a control call or page. */
export class HttpRefusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = "HttpRefusal";
    this.status = status;
  }
}

const LARGEST_BODY_BYTES = 12 * 1024 * 1024;

/** The whole body. @throws {HttpRefusal} 413 beyond 12 MiB */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > LARGEST_BODY_BYTES) throw new HttpRefusal(413, "The body is larger than 12 MiB");
    chunks.push(bytes);
  }
  return chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
}

export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams((await readBody(request)).toString("utf8"));
}

export type Fields = { [name: string]: unknown };

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The body as a JSON object; an empty body is `{}`. @throws {HttpRefusal} 400 */
export async function readJson(request: IncomingMessage): Promise<Fields> {
  const text = (await readBody(request)).toString("utf8");
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HttpRefusal(400, "The body is not JSON");
  }
  if (!isFields(value)) throw new HttpRefusal(400, "The body is not a JSON object");
  return value;
}

export function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { "content-type": type, "content-length": bytes.length, ...headers });
  response.end(bytes);
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, "application/json; charset=utf-8", JSON.stringify(body), { "cache-control": "no-store" });
}

export function sendHtml(response: ServerResponse, status: number, body: string): void {
  send(response, status, "text/html; charset=utf-8", body, {
    "cache-control": "no-store",
    "content-security-policy":
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
  });
}

/** After a form, so that a reload does not send it again. */
export function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { location, "cache-control": "no-store", "content-length": 0 });
  response.end();
}
