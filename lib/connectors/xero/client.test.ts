import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { answering, networkFaults } from "../shared/network-faults.fixture.ts";
import type { Message, SendContext } from "../types.ts";
import { send } from "./client.ts";

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
  connection: { id: "c", tenantId: "tenant-1", apiUrl, baseCurrency: "GBP", options: {} },
  accessToken: "token-1",
  idempotencyKey: null,
  timeoutMs: 5_000,
  ...more,
});

describe("a call to Xero", () => {
  networkFaults((message, { apiUrl, ...more }) => send(message, context(apiUrl, more)), write, read);

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

  it("refuses to send a message that the SDK would send otherwise", async () => {
    const { url, seen } = await answering((response) => response.end("{}"));
    await expect(send({ ...write, path: "/api.xro/2.0/Quotes" }, context(url))).rejects.toThrow(/xero-node built/);
    await expect(send({ ...write, query: { ...write.query, allowBackorders: "true" } }, context(url))).rejects.toThrow(
      /xero-node built the query/,
    );
    await expect(send({ ...write, operation: "createWonders" }, context(url))).rejects.toThrow();
    expect(seen).toHaveLength(0);
  });
});
