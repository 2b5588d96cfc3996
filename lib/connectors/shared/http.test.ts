import { describe, expect, it } from "vitest";
import type { Message } from "../types.ts";
import { sendByHttp } from "./http.ts";
import { answering, networkFaults } from "./network-faults.fixture.ts";

const write: Message = {
  operation: "create",
  method: "POST",
  path: "/v2/invoices",
  query: {},
  headers: { "content-type": "application/json; charset=utf-8" },
  body: '{"invoice":{"reference":"é 1","amount":10.1250}}',
};
const read: Message = {
  operation: "list",
  method: "GET",
  path: "/v2/invoices",
  query: { updated_since: "2026-11-21T09:00:00Z", view: "A 1,B&2" },
  headers: {},
  body: null,
};
const headers = { authorization: "Bearer token-1" };

describe("BB4 a call by http, for packages without an SDK", () => {
  networkFaults(
    (message, { apiUrl, timeoutMs = 5_000, ...more }) => sendByHttp(message, { apiUrl, headers, timeoutMs, ...more }),
    write,
    read,
  );

  it("leaves with exactly the bytes of its message, below the API's own path", async () => {
    const { url, seen } = await answering((response) => response.end("{}"));
    const context = { apiUrl: `${url}/base`, headers, timeoutMs: 5_000 };
    expect(await sendByHttp(write, context)).toMatchObject({
      sent: true,
      bytesOut: Buffer.byteLength(write.body ?? ""),
      bytesIn: 2,
    });
    expect(seen[0]).toMatchObject({ method: "POST", url: "/base/v2/invoices", body: write.body });
    expect(seen[0]?.headers).toMatchObject({ ...headers, "accept-encoding": "gzip" });
  });

  it("reads without a body, with every value of its query encoded", async () => {
    const { url, seen } = await answering((response) => response.end("{}"));
    await sendByHttp(read, { apiUrl: url, headers, timeoutMs: 5_000 });
    expect(seen[0]?.body).toBe("");
    expect(seen[0]?.url).toBe("/v2/invoices?updated_since=2026-11-21T09%3A00%3A00Z&view=A%201%2CB%262");
  });

  it("sends a file byte for byte", async () => {
    const { url, seen } = await answering((response) => response.end("{}"));
    const file = { mediaType: "application/pdf", bytes: Buffer.from("%PDF-1.7 é") };
    await sendByHttp({ ...write, headers: {}, body: null, file }, { apiUrl: url, headers, timeoutMs: 5_000 });
    expect(seen[0]?.body).toBe("%PDF-1.7 é");
    expect(seen[0]?.headers["content-type"]).toBe("application/pdf");
  });

  it("refuses a message that no request can be made of: that is no call which did not go", async () => {
    const { url, seen } = await answering((response) => response.end("{}"));
    const spoilt = { ...write, headers: { "x-note": "one\r\ntwo" } };
    await expect(sendByHttp(spoilt, { apiUrl: url, headers, timeoutMs: 5_000 })).rejects.toThrow("create could not be sent");
    expect(seen).toHaveLength(0);
  });
});
