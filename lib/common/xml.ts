import { SaxesParser } from "saxes";

/** What was taken for XML is none, or is larger, deeper or other than what is taken; what to tell a person, its reader knows. */
export class XmlFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "XmlFault";
  }
}

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
/** Attributes of one tag. A worksheet's own names a few dozen namespaces. */
export const MAX_ATTRIBUTES = 128;
/** Elements inside each other. A real part of a workbook is a dozen deep, a message less. */
export const MAX_DEPTH = 64;
/** What the parser is given at a time, in characters: how far a piece may overrun its cap before it is seen. */
const BITE = 16 * 1024;

/**
 * Takes a machine's XML apart as it comes, whatever its length. It takes no document type and no entities but XML's own five, and caps
 * the size of every piece, so nothing in a file can make it grow. A byte that is no UTF-8 is read as U+FFFD.
 *
 * @throws {XmlFault} at what is not well formed, at a document type, or at a piece larger than any workbook's
 */
export async function* scanXml(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<XmlPiece[]> {
  const decoder = new TextDecoder("utf-8");
  let pieces: XmlPiece[] = [];
  let depth = 0;
  let attributes = 0;
  /** Characters taken in, and where the last whole piece ended. */
  let taken = 0;
  let whole = 0;

  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  const refuse = (why: string) => {
    throw new XmlFault(why);
  };
  parser.on("error", (error) => refuse(error.message));
  parser.on("doctype", () => refuse("a document type"));
  parser.on("attribute", () => {
    attributes += 1;
    if (attributes > MAX_ATTRIBUTES) refuse("a tag of too many attributes");
  });
  parser.on("opentagstart", () => {
    attributes = 0;
  });
  parser.on("opentag", (tag) => {
    depth += 1;
    if (depth > MAX_DEPTH) refuse("too many elements inside each other");
    pieces.push({ is: "open", name: localName(tag.name), attributes: tag.attributes, empty: tag.isSelfClosing });
  });
  parser.on("closetag", (tag) => {
    depth -= 1;
    if (!tag.isSelfClosing) pieces.push({ is: "close", name: localName(tag.name) });
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
      else if (taken - whole > MAX_PIECE) refuse("a tag or a text that is too long");
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

/** A name without its prefix. */
export function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
