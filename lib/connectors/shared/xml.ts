import { XMLParser } from "fast-xml-parser";
import { localName, MAX_ATTRIBUTES, MAX_DEPTH, XmlFault } from "#lib/common/xml.ts";

// Apart from the scanner in lib/common/xml.ts: a workbook's thread starts without forty modules
// that it has no use for.

/** One element of a message. Nothing in it is a number: ids and amounts stay the text they are. */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  /** By their names as they are written, prefix and all. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The text that stands in it, not in its children, with every blank and line break. */
  readonly text: string;
}

/** Characters of a message: what is larger comes as a stream, and is scanned. */
const MAX_MESSAGE = 8 * 1024 * 1024;
const NAME = /^[\p{L}_:][\p{L}\p{M}\p{N}_:.·-]*$/u;
const REFERENCE = /&(?:#(\d{1,10})|#x([\da-fA-F]{1,10})|(\w+))?;?/g;
const NAMED = new Map(Object.entries({ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }));
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML cannot hold
const NOT_IN_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/u;
/** What the library calls the attributes, and the text, of an element. */
const ATTRIBUTES = ":@";
const TEXT = "#text";

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAX_DEPTH - 1,
  // Nothing here is the name of a property: an element may be called what it likes.
  onDangerousProperty: (name) => name,
  jPath: false,
  // Its own would leave an entity that it does not know as it stands, and take a document type's.
  entityDecoder: {
    decode: (text) => text.replaceAll(REFERENCE, referenced),
    addInputEntities: () => {
      throw new XmlFault("a document type");
    },
    setExternalEntities: () => {},
    setXmlVersion: () => {},
    reset: () => {},
  },
});

/**
 * Takes a small message apart, whole. It takes no document type and no entities but XML's own five.
 *
 * @throws {XmlFault} at what is not well formed or no UTF-8, at a document type, and at what is
 *   larger or deeper than a message is
 */
export function readXml(message: string | Uint8Array): XmlElement {
  if (message.length > MAX_MESSAGE) throw new XmlFault("a message that is too long");
  const text = typeof message === "string" ? message : decoded(message);
  if (NOT_IN_XML.test(text)) throw new XmlFault("a character that XML cannot hold");
  const roots = elementsOf(nodesOf(text));
  const [root] = roots;
  if (!root || roots.length > 1) throw new XmlFault("not one root");
  return root;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new XmlFault("bytes that are no UTF-8");
  }
}

function referenced(whole: string, decimal?: string, hex?: string, name?: string): string {
  const code = Number.parseInt(decimal ?? hex ?? "", decimal === undefined ? 16 : 10);
  const found = code <= 0x10ffff ? String.fromCodePoint(code) : NAMED.get(name ?? "");
  if (found === undefined || !whole.endsWith(";") || NOT_IN_XML.test(found)) {
    throw new XmlFault("an entity that is not XML's own");
  }
  return found;
}

/** A node as the library hands it over: text, or an element under its own name. */
type Node = Readonly<Record<string, unknown>>;

function nodesOf(text: string): readonly Node[] {
  try {
    // `true` has it checked first: the parser itself would take what is not well formed.
    return parser.parse(text, true);
  } catch (error) {
    if (error instanceof XmlFault) throw error;
    throw new XmlFault(error instanceof Error ? error.message : "not well formed");
  }
}

function elementsOf(nodes: readonly Node[]): XmlElement[] {
  return nodes.flatMap((node) => {
    const tag = Object.keys(node).find((key) => key !== ATTRIBUTES);
    return tag === undefined || tag === TEXT ? [] : [elementOf(tag, node)];
  });
}

function elementOf(tag: string, node: Node): XmlElement {
  if (!NAME.test(tag)) throw new XmlFault("a tag without a name");
  const attributes = (node[ATTRIBUTES] ?? {}) as Readonly<Record<string, string>>;
  if (Object.keys(attributes).length > MAX_ATTRIBUTES) {
    throw new XmlFault("a tag of too many attributes");
  }
  // The library's order is a list of nodes under the element's name.
  const within = node[tag] as readonly Node[];
  return {
    name: localName(tag),
    attributes,
    children: elementsOf(within),
    text: within.map((one) => one[TEXT] ?? "").join(""),
  };
}
