import { Refusal } from "#lib/common/refusal.ts";

/** One piece of an XML part: a tag with its attributes, or the text between two tags. */
export type XmlPiece =
  | { readonly is: "open"; readonly name: string; readonly attributes: Readonly<Record<string, string>>; readonly empty: boolean }
  | { readonly is: "close"; readonly name: string }
  | { readonly is: "text"; readonly text: string };

const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const MAX_TAG = 64 * 1024;

/**
 * Takes a machine's XML apart as it comes, names without their prefix: what a workbook's parts need and no more. It knows no document
 * types and no entities but XML's own five, so nothing in a file can make it grow.
 *
 * @throws {Refusal} at a document type, or a tag longer than any workbook's
 */
export async function* scanXml(chunks: AsyncIterable<Buffer>): AsyncGenerator<XmlPiece[]> {
  const decoder = new TextDecoder("utf-8");
  let rest = "";
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const pieces: XmlPiece[] = [];
    let at = 0;
    for (;;) {
      const open = rest.indexOf("<", at);
      if (open < 0) break;
      const comment = rest.startsWith("<!--", open);
      const end = comment ? rest.indexOf("-->", open) : rest.indexOf(">", open);
      if (end < 0) {
        if (rest.length - open > MAX_TAG) throw notWorkbook();
        break;
      }
      if (open > at) pieces.push({ is: "text", text: plain(rest.slice(at, open)) });
      at = end + (comment ? 3 : 1);
      if (!comment) {
        const piece = tagOf(rest.slice(open + 1, end));
        if (piece) pieces.push(piece);
      }
    }
    rest = rest.slice(at);
    if (rest.length > 4 * 1024 * 1024) throw notWorkbook();
    if (pieces.length > 0) yield pieces;
  }
}

function notWorkbook(): Refusal {
  return new Refusal("The file is no Excel workbook that can be read. Save it again as .xlsx, or as CSV.", { field: "file" });
}

function tagOf(inner: string): XmlPiece | null {
  if (inner.startsWith("?")) return null;
  if (inner.startsWith("!")) throw notWorkbook();
  if (inner.startsWith("/")) return { is: "close", name: local(inner.slice(1).trim()) };
  const empty = inner.endsWith("/");
  const body = empty ? inner.slice(0, -1) : inner;
  const space = body.search(/\s/);
  const name = space < 0 ? body : body.slice(0, space);
  const attributes: Record<string, string> = {};
  if (space >= 0) {
    for (const match of body.slice(space).matchAll(ATTRIBUTE)) attributes[match[1] ?? ""] = plain(match[2] ?? match[3] ?? "");
  }
  return { is: "open", name: local(name), attributes, empty };
}

function local(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function plain(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w{2,4}));/g, (whole, hex, decimal, name) => {
    if (typeof name === "string") return ENTITIES[name] ?? whole;
    const code = typeof hex === "string" ? Number.parseInt(hex, 16) : Number.parseInt(String(decimal), 10);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : "\ufffd";
  });
}
