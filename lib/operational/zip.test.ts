import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type ZipPart, zipOf } from "#lib/testing/xlsx.ts";
import { openZip } from "./zip.ts";

const folder = mkdtempSync(join(tmpdir(), "greentick-zip-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DAMAGED = "The workbook is damaged: its list of contents cannot be read.";
const DENSE = "more than 100 times its size";
const PASSWORD = "The workbook is protected by a password.";

let files = 0;
/** The text of one entry of an archive, by the name that a workbook asks for. */
async function textOf(bytes: Buffer, name = "a.xml"): Promise<string | null> {
  files += 1;
  const path = join(folder, `${files}.zip`);
  writeFileSync(path, bytes);
  const zip = await openZip(path);
  try {
    const entry = zip.entries.get(name);
    if (!entry) return null;
    const chunks: Buffer[] = [];
    for await (const chunk of zip.read(entry)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  } finally {
    zip.close();
  }
}

/**
 * Where a record of the archive begins: an entry's own head, its line in the directory, or the
 * directory's end.
 */
const RECORDS = { head: 0x04034b50, listed: 0x02014b50, end: 0x06054b50 } as const;

/** The archive of one entry, with some of its fields written over. */
function patched(part: ZipPart, ...fields: [record: keyof typeof RECORDS, at: number, bytes: 2 | 4, value: number][]): Buffer {
  const archive = zipOf([part]);
  for (const [record, at, bytes, value] of fields) {
    const mark = Buffer.alloc(4);
    mark.writeUInt32LE(RECORDS[record]);
    const place = archive.indexOf(mark) + at;
    if (bytes === 2) archive.writeUInt16LE(value, place);
    else archive.writeUInt32LE(value, place);
  }
  return archive;
}

const PART = { name: "a.xml", content: "<a>some text</a>" };
const bytesOf = (text: string) => Buffer.from(text).length;
/**
 * The same, kept as it is instead of packed: as an archive's maker does with what cannot be packed.
 */
function stored(content: string, claims: number): Buffer {
  const archive = zipOf([{ name: "a.xml", content: "" }]);
  const headLength = 30 + 5;
  const directory = archive.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
  const whole = Buffer.concat([archive.subarray(0, headLength), Buffer.from(content), archive.subarray(directory)]);
  const listed = headLength + bytesOf(content);
  whole.writeUInt16LE(0, listed + 10);
  whole.writeUInt32LE(bytesOf(content), listed + 20);
  whole.writeUInt32LE(claims, listed + 24);
  whole.writeUInt32LE(listed, whole.length - 22 + 16);
  return whole;
}

describe("an archive's list of contents", () => {
  it("is asked by names in lower case and without a leading slash, in any alphabet", async () => {
    expect(await textOf(zipOf([{ name: "/xl/WorkBook.xml", content: "x" }]), "xl/workbook.xml")).toBe("x");
    expect(await textOf(zipOf([{ name: "xl/lønn.xml", content: "x" }]), "xl/lønn.xml")).toBe("x");
    // Never written anywhere, so a name that climbs is no name that is asked for.
    expect(await textOf(zipOf([{ name: "../a.xml", content: "x" }, PART]))).toBe(PART.content);
    expect(await textOf(zipOf([{ name: "C:\\a.xml", content: "x" }, PART]))).toBe(PART.content);
  });

  it("takes the last of two entries of one name", async () => {
    expect(await textOf(zipOf([PART, { name: "A.xml", content: "the other" }]))).toBe("the other");
  });

  it("holds at most 10,000 entries", async () => {
    const archive = zipOf(Array.from({ length: 10_001 }, (_, index) => ({ name: `${index}`, content: "x" })));
    await expect(textOf(archive)).rejects.toThrow(DAMAGED);
    archive.writeUInt16LE(10_000, archive.length - 22 + 10);
    expect(await textOf(archive, "9999")).toBe("x");
    expect(await textOf(archive, "10000")).toBeNull();
  }, 20_000);

  it("is refused where it is cut, missing or no list", async () => {
    const whole = zipOf([PART]);
    await expect(textOf(Buffer.alloc(0))).rejects.toThrow(DAMAGED);
    await expect(textOf(Buffer.from("PK\u0003\u0004 and no more"))).rejects.toThrow(DAMAGED);
    await expect(textOf(whole.subarray(0, whole.length - 23))).rejects.toThrow(DAMAGED);
    await expect(textOf(whole.subarray(10))).rejects.toThrow(DAMAGED);
    await expect(textOf(patched(PART, ["listed", 0, 4, 0]))).rejects.toThrow(DAMAGED);
    await expect(textOf(patched(PART, ["end", 10, 2, 2], ["end", 8, 2, 2]))).rejects.toThrow(DAMAGED);
    await expect(textOf(patched(PART, ["end", 16, 4, 0x7fff_ffff]))).rejects.toThrow(DAMAGED);
    // What follows the end may be a second list: which of the two counts, two programs answer
    // differently.
    await expect(textOf(Buffer.concat([whole, zipOf([PART]).subarray(0, 40)]))).rejects.toThrow(DAMAGED);
  });

  it("is read though zeros or blanks follow it, and to the end of its own comment", async () => {
    const plain = zipOf([PART]);
    for (const more of ["\n", "\0".repeat(512)]) {
      expect(await textOf(Buffer.concat([plain, Buffer.from(more)]))).toBe(PART.content);
      const commented = Buffer.concat([plain, Buffer.from("hello")]);
      commented.writeUInt16LE(5, plain.length - 2);
      expect(await textOf(Buffer.concat([commented, Buffer.from(more)]))).toBe(PART.content);
    }
  });

  it("gives up one entry while another is read", async () => {
    const path = join(folder, "two.zip");
    const long = `<a>${Array.from({ length: 60_000 }, (_, n) => `<b n="${(n * 7_919) % 1_000_003}"/>`).join("")}</a>`;
    writeFileSync(
      path,
      zipOf([
        { name: "a.xml", content: long },
        { name: "b.xml", content: long },
      ]),
    );
    const zip = await openZip(path);
    const [a, b] = ["a.xml", "b.xml"].map((name) => zip.entries.get(name));
    if (!a || !b) throw new Error("the archive holds both");
    const whole = (async () => {
      let length = 0;
      for await (const chunk of zip.read(a)) length += chunk.length;
      return length;
    })();
    for await (const _ of zip.read(b)) break;
    expect(await whole).toBe(long.length);
    zip.close();
  });

  it("says so where the workbook has a password, by the old way or by the strong one", async () => {
    await expect(textOf(patched(PART, ["listed", 8, 2, 1]))).rejects.toThrow(PASSWORD);
    await expect(textOf(patched(PART, ["listed", 8, 2, 0x41]))).rejects.toThrow(PASSWORD);
  });
});

describe("an archive's entries", () => {
  it("come out packed or as they are", async () => {
    expect(await textOf(zipOf([PART]))).toBe(PART.content);
    expect(await textOf(stored("kept as it is", 13))).toBe("kept as it is");
    expect(await textOf(zipOf([{ name: "a.xml", content: "" }]))).toBe("");
  });

  it("are refused where they cannot be unpacked", async () => {
    await expect(textOf(patched(PART, ["head", 0, 4, 0]))).rejects.toThrow(DAMAGED);
    // Packed by another method than the two that workbooks have.
    await expect(textOf(patched(PART, ["listed", 10, 2, 12]))).rejects.toThrow(DAMAGED);
    await expect(textOf(patched(PART, ["listed", 42, 4, 5]))).rejects.toThrow(DAMAGED);
    const garbled = zipOf([PART]);
    garbled.fill(0xff, 35, 45);
    await expect(textOf(garbled)).rejects.toThrow(DAMAGED);
    // Cut in the middle of what is packed.
    await expect(textOf(patched(PART, ["listed", 20, 4, 5]))).rejects.toThrow(DAMAGED);
  });

  it("B19 yield no more than the directory claims, packed or as they are", async () => {
    await expect(textOf(zipOf([{ ...PART, claims: 3 }]))).rejects.toThrow(DENSE);
    await expect(textOf(stored("kept as it is", 3))).rejects.toThrow(DENSE);
    // Less is no danger: what is missing is missed by whoever reads the text.
    expect(await textOf(zipOf([{ ...PART, claims: 30 }]))).toBe(PART.content);
  });

  it("B19 claim no more than 100 times the file, each alone or all together", async () => {
    const claims = (each: number, count: number) =>
      zipOf(Array.from({ length: count }, (_, index) => ({ name: `${index}.xml`, content: "x", claims: each })));
    await expect(textOf(claims(30_000, 1))).rejects.toThrow(DENSE);
    await expect(textOf(claims(30_000, 10))).rejects.toThrow(DENSE);
    expect(await textOf(claims(9_000, 10), "none")).toBeNull();
  });

  it("B19 that have their size in 64 bits are counted by it", async () => {
    const in64 = (size: bigint) => {
      const archive = patched({ ...PART, claims: 0xffff_ffff }, ["listed", 30, 2, 12]);
      const extra = Buffer.alloc(12);
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(8, 2);
      extra.writeBigUInt64LE(size, 4);
      return Buffer.concat([archive.subarray(0, -22), extra, archive.subarray(-22)]);
    };
    expect(await textOf(in64(BigInt(bytesOf(PART.content))))).toBe(PART.content);
    await expect(textOf(in64(5n * 1024n ** 3n))).rejects.toThrow(DENSE);
    await expect(textOf(in64(3n))).rejects.toThrow(DENSE);
    // Announced, and not there.
    await expect(textOf(zipOf([{ ...PART, claims: 0xffff_ffff }]))).rejects.toThrow(DENSE);
  });
});
