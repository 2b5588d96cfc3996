import { bodyOf, child, type JsonObject, list, text } from "../shared/json.ts";
import { readXml, type XmlElement } from "../shared/xml.ts";
import type { RawAnswer } from "../types.ts";

/** One of the errors that an answer carries, whichever of their shapes it came in. */
export interface Fault {
  /** Digits without leading zeros; empty where there is none. Texts are in the company's language, so nothing else is judged by. */
  readonly code: string;
  readonly message: string;
  readonly detail: string;
  readonly element: string | null;
}

const MOST_OF_XML = 100_000;

const bare = (code: string): string => code.trim().replace(/^0+(?=\d)/, "");

/** A gateway's errors say their own code in the message: `message=ThrottleExceeded; errorCode=003001; statusCode=429`. */
function codeOf(code: string | null, message: string): string {
  const said = /errorCode=(\d+)/.exec(message)?.[1];
  return bare(code ?? said ?? "");
}

function faultOf(error: JsonObject): Fault {
  const message = text(error, "Message") ?? "";
  return {
    code: codeOf(text(error, "code"), message),
    message,
    detail: text(error, "Detail") ?? "",
    element: text(error, "element"),
  };
}

/** The faults of an element of an answer: of the whole, of a batch's item, of a list within changes. Names differ in case alone. */
export function faultsOf(element: JsonObject): readonly Fault[] {
  const fault = child(element, "Fault");
  return fault ? list(fault, "Error").map(faultOf) : [];
}

/** The faults of an answer as a whole, be they JSON of either case or XML; none where it has none, and none of what stands inside it. */
export function faultsIn(answer: RawAnswer): readonly Fault[] {
  const body = bodyOf(answer);
  if (body) return faultsOf(body);
  if (!answer.body.trimStart().startsWith("<") || answer.body.length > MOST_OF_XML) return [];
  try {
    return errorsOf(readXml(answer.body)).map((error) => {
      const said = (name: string) => error.children.find((one) => one.name === name)?.text.trim() ?? "";
      const message = said("Message");
      return {
        code: codeOf(error.attributes.code ?? null, message),
        message,
        detail: said("Detail"),
        element: error.attributes.element ?? null,
      };
    });
  } catch {
    // A page for people, or half an answer.
    return [];
  }
}

/** The errors of a message's fault; none of a page for people. */
function errorsOf(root: XmlElement): readonly XmlElement[] {
  return root.children
    .filter((one) => one.name === "Fault")
    .flatMap((one) => one.children.filter(({ name }) => name === "Error"));
}

/** Their own words: the detail, where it says more than the message. */
export function wordsOf({ message, detail }: Fault): string {
  if (detail === "" || message === "") return detail || message;
  return detail.startsWith(message) ? detail : `${message}: ${detail}`;
}
