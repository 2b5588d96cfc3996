import { SaxesParser } from "saxes";
import { Refusal } from "#lib/common/refusal.ts";

/** One piece of an XML part: a tag with its attributes, or the text between two tags. Names stand without their prefix. */
export type XmlPiece =
  | {
      readonly is: "open";
      readonly name: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly empty: boolean;
    }
  | { readonly is: "close"; readonly name: string }
  | { readonly is: "text"; readonly text: string };

/** Characters of a tag, an attribute or a text. A cell's ends at 32,767 in Excel, each written as an escape of seven at most (`_x000D_`). */
const MAX_PIECE = 256 * 1024;
/** A worksheet's own tag names a few dozen namespaces. */
const MAX_ATTRIBUTES = 128;
/** A real part is a dozen deep. */
const MAX_DEPTH = 64;
/** What the parser is given at a time, in characters: how far a piece may overrun its cap before it is seen. */
const BITE = 16 * 1024;

/**
 * Takes a machine's XML apart as it comes: what a workbook's parts need and no more. It takes no document type and no entities but XML's
 * own five, and caps the size of every piece, so nothing in a file can make it grow.
 *
 * @throws {Refusal} at what is not well formed, at a document type, or at a piece larger than any workbook's
 */
export async function* scanXml(chunks: AsyncIterable<Buffer>): AsyncGenerator<XmlPiece[]> {
  const decoder = new TextDecoder("utf-8");
  let pieces: XmlPiece[] = [];
  let depth = 0;
  let attributes = 0;
  /** Characters taken in, and where the last whole piece ended. */
  let taken = 0;
  let whole = 0;

  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  const refuse = () => {
    throw notWorkbook();
  };
  parser.on("error", refuse);
  parser.on("doctype", refuse);
  parser.on("attribute", () => {
    attributes += 1;
    if (attributes > MAX_ATTRIBUTES) refuse();
  });
  parser.on("opentagstart", () => {
    attributes = 0;
  });
  parser.on("opentag", (tag) => {
    depth += 1;
    if (depth > MAX_DEPTH) refuse();
    pieces.push({ is: "open", name: local(tag.name), attributes: tag.attributes, empty: tag.isSelfClosing });
  });
  parser.on("closetag", (tag) => {
    depth -= 1;
    if (!tag.isSelfClosing) pieces.push({ is: "close", name: local(tag.name) });
  });
  parser.on("text", (text) => {
    pieces.push({ is: "text", text });
  });
  parser.on("cdata", (text) => {
    pieces.push({ is: "text", text });
  });

  const feed = (text: string) => {
    for (let at = 0; at < text.length; at += BITE) {
      const before = pieces.length;
      parser.write(text.slice(at, at + BITE));
      taken += Math.min(BITE, text.length - at);
      if (pieces.length > before) whole = taken;
      else if (taken - whole > MAX_PIECE) refuse();
    }
  };
  for await (const chunk of chunks) {
    feed(decoder.decode(chunk, { stream: true }));
    if (pieces.length > 0) {
      yield pieces;
      pieces = [];
    }
  }
  feed(decoder.decode());
  parser.close();
  if (pieces.length > 0) yield pieces;
}

function notWorkbook(): Refusal {
  return new Refusal("The file is not an Excel workbook that can be read. Save it again as .xlsx, or as CSV.", { field: "file" });
}

function local(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
