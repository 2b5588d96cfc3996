import type { RecordKind } from "#lib/common/records.ts";
import { idOf, isIn, resourceOf } from "./address.ts";

/** FreeAgent's id in what somebody pasted: an address of its API or of its screens, or the number alone; null when there is none. */
export function idIn(pasted: string, kind: RecordKind): string | null {
  if (kind === "product" || kind === "helper") return null;
  const resource = resourceOf(kind);
  const words = pasted.trim().slice(0, 2_000);
  if (/^\d{1,19}$/.test(words)) return `${resource.path}/${words}`;
  const address = words.split(/[?#]/)[0] ?? "";
  const id = idOf(address);
  if (id !== null) return isIn(resource, id) ? id : null;
  const [, screen, number] = /^https?:\/\/[^/]+(?:\/[\w.-]+)*?\/(\w+)\/(\d{1,19})(?:\/\w+)?\/?$/.exec(address) ?? [];
  return screen === resource.many && number !== undefined ? `${resource.path}/${number}` : null;
}
