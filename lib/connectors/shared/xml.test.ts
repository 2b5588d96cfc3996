import { describe, expect, it } from "vitest";
import { XmlFault } from "#lib/common/xml.ts";
import { readXml } from "./xml.ts";

const many = (count: number, of: (at: number) => string) => Array.from({ length: count }, (_, at) => of(at)).join("");

describe("a message in XML", () => {
  it("keeps every id and amount as the text that it is", () => {
    const xml = `<a id="007" n="1e3"><b>0012</b><b>1.10</b><b>12345678901234567890.123456789</b><b>true</b></a>`;
    const { attributes, children } = readXml(xml);
    expect(attributes).toEqual({ id: "007", n: "1e3" });
    expect(children.map((one) => one.text)).toEqual(["0012", "1.10", "12345678901234567890.123456789", "true"]);
  });

  it("keeps blanks and line breaks in a text and in an attribute", () => {
    const { attributes, children } = readXml(`<a x=" two  blanks ">\r\n  <b> 1\r\n2 </b>\n</a>`);
    expect(attributes.x).toBe(" two  blanks ");
    expect(children[0]?.text).toBe(" 1\n2 ");
  });

  it("keeps elements in order, also those of one name, apart from the text between them", () => {
    const root = readXml("<a>one<b>1</b>two<c/><b>2</b></a>");
    expect(root.text).toBe("onetwo");
    expect(root.children.map(({ name, text }) => `${name}${text}`)).toEqual(["b1", "c", "b2"]);
  });

  it("names an element without its prefix and an attribute as it is written", () => {
    const soap = `<s:Envelope xmlns:s="urn:s" xmlns="urn:d"><s:Body><Ask xsi:nil="true"/></s:Body></s:Envelope>`;
    const root = readXml(soap);
    expect(root.name).toBe("Envelope");
    expect(root.attributes).toEqual({ "xmlns:s": "urn:s", xmlns: "urn:d" });
    expect(root.children[0]?.name).toBe("Body");
    expect(root.children[0]?.children).toEqual([{ name: "Ask", attributes: { "xsi:nil": "true" }, children: [], text: "" }]);
  });

  it("takes marked text as it stands, whatever it looks like", () => {
    expect(readXml("<a><![CDATA[<!DOCTYPE b [<!ENTITY c 'd'>]>&c; & <b>]]>&lt;</a>").text).toBe(
      "<!DOCTYPE b [<!ENTITY c 'd'>]>&c; & <b><",
    );
  });

  it("reads XML's own entities once, and characters by their number", () => {
    const xml = `<a x="&#10;&quot;&apos;">&lt;&gt; &amp;lt; &#65;&#x42;&#0000000067; &#x1F600;</a>`;
    const { attributes, text } = readXml(xml);
    expect(attributes.x).toBe(`\n"'`);
    expect(text).toBe("<> &lt; ABC 😀");
  });

  it("passes over a declaration, comments and what is meant for a program", () => {
    const xml = `<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="14.0"?><!-- <b/> --><a>1<!-- 2 -->3</a>`;
    expect(readXml(`\ufeff${xml}`)).toEqual({ name: "a", attributes: {}, children: [], text: "13" });
  });

  it("is not led astray by a name that JavaScript has for something", () => {
    const root = readXml(`<toString valueOf="1"><hasOwnProperty>2</hasOwnProperty></toString>`);
    expect(root.name).toBe("toString");
    expect(root.attributes).toEqual({ valueOf: "1" });
    expect(root.children[0]).toMatchObject({ name: "hasOwnProperty", text: "2" });
    expect(() => readXml("<__proto__><polluted>1</polluted></__proto__>")).toThrow(XmlFault);
    expect(() => readXml(`<a __proto__="1"/>`)).toThrow(XmlFault);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("comes as bytes too, and they are UTF-8", () => {
    expect(readXml(Buffer.from("<a>Søren</a>")).text).toBe("Søren");
    expect(() => readXml(Buffer.from("<a>S\u00f8ren</a>", "latin1"))).toThrow("no UTF-8");
    expect(() => readXml(Buffer.from("<a/>", "utf16le"))).toThrow(XmlFault);
  });

  const bomb = many(9, (at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`);
  it.each<[what: string, xml: string]>([
    ["a bomb of entities", `<!DOCTYPE a [<!ENTITY e0 "x">${bomb}]><a>&e9;</a>`],
    ["one long entity, often", `<!DOCTYPE a [<!ENTITY b "${"b".repeat(9_000)}">]><a>${"&b;".repeat(1_000)}</a>`],
    ["a document type without an entity", "<!DOCTYPE a><a/>"],
    ["a document type that fetches", `<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>`],
    ["an entity that fetches", `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>`],
    ["an entity of its own", "<a>&b;</a>"],
    ["an entity of HTML", "<a>&nbsp;</a>"],
    ["an entity by a name that JavaScript has", "<a>&constructor;</a>"],
    ["an ampersand", "<a>this & that</a>"],
    ["an ampersand in an attribute", `<a x="this & that"/>`],
    ["an entity without its end", `<a x="&amp"/>`],
    ["a character by a number that is none", "<a>&#0;</a>"],
    ["a number beyond the last character", "<a>&#x110000;</a>"],
    ["half a character by its number", "<a>&#xD83D;</a>"],
    ["a character that XML cannot hold", "<a>\u0001</a>"],
    ["elements 65 deep", "<a>".repeat(65) + "</a>".repeat(65)],
    ["very many elements inside each other", "<a>".repeat(50_000)],
    ["129 attributes", `<a ${many(129, (at) => ` a${at}=""`)}/>`],
    ["its size", `<a>${" ".repeat(8 * 1024 * 1024)}</a>`],
    ["an attribute twice", `<a x="1" x="2"/>`],
    ["an attribute without a value", "<a x/>"],
    ["another end than its own", "<a><b></a></b>"],
    ["no end", "<a><b>1</b>"],
    ["an open comment", "<a><!-- </a>"],
    ["an open marked text", "<a><![CDATA[ </a>"],
    ["a tag without a name", "<a><!b></a>"],
    ["two roots", "<a/><a/>"],
    ["no root", `<?xml version="1.0"?>`],
    ["nothing", ""],
    ["a page of HTML", "<html><body><br>Bad gateway</body></html>"],
    ["JSON", `{"a":1}`],
  ])("is refused for %s", (_what, xml) => {
    expect(() => readXml(xml)).toThrow(XmlFault);
  });

  it("may be 64 deep and have 128 attributes", () => {
    const xml = `${"<a>".repeat(63)}<b${many(128, (at) => ` a${at}=""`)}/>${"</a>".repeat(63)}`;
    let [deepest, depth] = [readXml(xml), 1];
    for (; deepest.children[0]; depth += 1) deepest = deepest.children[0];
    expect(depth).toBe(64);
    expect(Object.keys(deepest.attributes)).toHaveLength(128);
  });

  /** Each of 200,000 characters: what grows with the square of them would take minutes. */
  it.each<[what: string, xml: string]>([
    ["a tag's name", `<${"a".repeat(2e5)}/>`],
    ["blanks in a tag", `<a${" ".repeat(2e5)}/>`],
    ["an attribute", `<a x="${"x".repeat(2e5)}"/>`],
    ["an attribute that never ends", `<a x="${"x ".repeat(1e5)}`],
    ["names without values", `<a${" a".repeat(1e5)}/>`],
    ["tags that never end", "<a ".repeat(6e4)],
    ["comments", `<a>${"<!---->".repeat(3e4)}</a>`],
    ["open comments", `<a>${"<!-- ".repeat(4e4)}`],
    ["marked texts", `<a>${"<![CDATA[]]>".repeat(1.6e4)}</a>`],
    ["ampersands", `<a>${"&".repeat(2e5)}</a>`],
    ["entities", `<a>${"&amp;".repeat(4e4)}</a>`],
    ["elements", `<a>${"<b/>".repeat(5e4)}</a>`],
    ["programs", `<a>${"<?x ".repeat(5e4)}`],
  ])(
    "is read or refused at once, though it be all %s",
    (_what, xml) => {
      const began = performance.now();
      try {
        readXml(xml);
      } catch (error) {
        expect(error).toBeInstanceOf(XmlFault);
      }
      // Generous, for a machine with other work.
      expect(performance.now() - began).toBeLessThan(5_000);
    },
    30_000,
  );
});
