import { describe, expect, it } from "vitest";
import { scanXml, XmlFault, type XmlPiece } from "./xml.ts";

async function scanned(xml: string | Buffer, size = 16 * 1024): Promise<XmlPiece[]> {
  const bytes = Buffer.from(xml);
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  const pieces: XmlPiece[] = [];
  for await (const batch of scanXml(chunks())) pieces.push(...batch);
  return pieces;
}

/** The text of all its elements. */
const textOf = async (xml: string | Buffer, size?: number) =>
  (await scanned(xml, size)).map((piece) => (piece.is === "text" ? piece.text : "")).join("");

describe("XML that comes in a stream", () => {
  it("is taken apart in order, names without their prefix, attributes as they are written", async () => {
    const xml = `<?xml version="1.0"?><p:a xmlns:p="urn:p" p:id="007" n="1.10"><b/> 0012 </p:a>`;
    expect(await scanned(xml)).toEqual([
      {
        is: "open",
        name: "a",
        attributes: { "xmlns:p": "urn:p", "p:id": "007", n: "1.10" },
        empty: false,
      },
      { is: "open", name: "b", attributes: {}, empty: true },
      { is: "text", text: " 0012 " },
      { is: "close", name: "a" },
    ]);
  });

  it("reads marked text, XML's own entities and characters by their number", async () => {
    expect(await textOf("<a><![CDATA[<b> & c]]> &lt;&amp;&gt;&quot;&apos; &#233;&#x1F600;</a>")).toBe(`<b> & c <&>"' é😀`);
  });

  it("is the same wherever its bytes are cut", async () => {
    expect(await textOf("<a>Søren &amp; 😀</a>", 1)).toBe("Søren & 😀");
  });

  it("shows a byte that is no UTF-8 as what it is", async () => {
    expect(await textOf(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]))).toBe("\ufffd");
  });

  const bomb = `<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>`;
  it.each<[what: string, xml: string]>([
    ["a bomb of entities", bomb],
    ["a document type that fetches", `<!DOCTYPE a SYSTEM "http://example.test/a.dtd"><a/>`],
    ["an entity of its own", "<a>&b;</a>"],
    ["a character by a number that is none", "<a>&#0;</a>"],
    ["elements 65 deep", "<a>".repeat(65) + "</a>".repeat(65)],
    ["129 attributes", `<a ${Array.from({ length: 129 }, (_, at) => `a${at}=""`).join(" ")}/>`],
    ["a text that is too long", `<a>${" ".repeat(300 * 1024)}</a>`],
    ["an attribute that is too long", `<a x="${" ".repeat(300 * 1024)}"/>`],
    ["an attribute twice", `<a x="1" x="2"/>`],
    ["another end than its own", "<a></b>"],
    ["no end", "<a>"],
    ["two roots", "<a/><a/>"],
  ])("is refused for %s", async (_what, xml) => {
    await expect(scanned(xml)).rejects.toThrow(XmlFault);
  });

  it("may be 64 deep and have 128 attributes", async () => {
    const attributes = Array.from({ length: 128 }, (_, at) => `a${at}=""`).join(" ");
    const xml = `${"<a>".repeat(63)}<b ${attributes}/>${"</a>".repeat(63)}`;
    expect(await scanned(xml)).toHaveLength(2 * 63 + 1);
  });
});
