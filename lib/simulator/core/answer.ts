import type { ServerResponse } from "node:http";

/** What a call is answered with. A `type` of "" sends no content type, a status of 204 no body. */
export type Answer = { status: number; type: string; body: string; headers?: Record<string, string> };

export const jsonAnswer = (status: number, body: unknown, headers?: Record<string, string>): Answer => ({
  status,
  type: "application/json; charset=utf-8",
  body: JSON.stringify(body),
  ...(headers === undefined ? {} : { headers }),
});

/** Sends an answer whole, and says of how many bytes. Nothing is sent to a caller who is gone, or who has one already. */
export function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  more: () => Readonly<Record<string, string | number>> = () => ({}),
): number {
  const bytes = Buffer.from(answer.body);
  if (response.destroyed || response.headersSent) return bytes.length;
  const headers: Record<string, string | number> = { ...answer.headers, ...more() };
  if (answer.status !== 204) {
    if (answer.type !== "") headers["content-type"] = answer.type;
    headers["content-length"] = bytes.length;
  }
  response.writeHead(answer.status, headers);
  response.end(answer.status === 204 ? undefined : bytes);
  return bytes.length;
}
