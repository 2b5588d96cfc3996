import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { receiveUpload } from "./receive.ts";

const bodyOf = (...parts: string[]) => new Blob(parts).stream();
const csv = (text: string, over: Partial<Parameters<typeof receiveUpload>[0]> = {}) =>
  receiveUpload({
    body: bodyOf(text),
    contentLength: String(Buffer.byteLength(text)),
    contentType: "text/csv",
    fileName: "a.csv",
    ...over,
  });

describe("an upload on its way in", () => {
  it("lands in a folder of its own under a name of ours, and goes when it is done with", async () => {
    const received = await csv("a,b\n1,2\n", { fileName: "../../etc/passwd.csv" });
    expect(received.path.endsWith("/upload")).toBe(true);
    expect(readFileSync(received.path, "utf8")).toBe("a,b\n1,2\n");
    await received.remove();
    expect(existsSync(dirname(received.path))).toBe(false);
  });

  it("is refused when fewer bytes come than were announced, or more", async () => {
    await expect(csv("a,b\n", { contentLength: "40" })).rejects.toMatchObject({ code: "cut-off" });
    await expect(csv("a,b\n", { contentLength: "2" })).rejects.toThrow("larger");
    await expect(csv("a,b\n", { contentLength: null })).rejects.toThrow("how long");
  });

  it("is refused by its name, its type and its size before a byte is read", async () => {
    await expect(csv("x", { fileName: "invoices.exe" })).rejects.toThrow(".csv");
    await expect(csv("x", { contentType: "application/zip" })).rejects.toThrow("application/zip");
    await expect(csv("x", { contentLength: String(200 * 1024 * 1024 + 1) })).rejects.toThrow("200 MiB");
    await expect(csv("", {})).rejects.toThrow("empty");
  });
});
