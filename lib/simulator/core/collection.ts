/** What every stored record has. Records are never changed in place: a change is a new object under the same id. */
export type Stored = { readonly id: string; readonly updatedAt: number };

/**
 * Records of one kind, kept in the order in which Xero lists them: by modification, then id.
 *
 * A list since some moment is a binary search and a slice, however many records there are.
 */
export class Collection<Item extends Stored> {
  readonly #byId = new Map<string, Item>();
  readonly #ordered: Item[] = [];
  readonly #keys: Record<string, (item: Item) => string | null>;
  readonly #indices = new Map<string, Map<string, Set<string>>>();
  readonly #changed: (item: Item) => void;

  constructor(keys: Record<string, (item: Item) => string | null>, changed: (item: Item) => void) {
    this.#keys = keys;
    this.#changed = changed;
    for (const name in keys) this.#indices.set(name, new Map());
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Item | undefined {
    return this.#byId.get(id);
  }

  /** Every record, least recently modified first. Not to be changed. */
  all(): readonly Item[] {
    return this.#ordered;
  }

  /** Records whose `key` has this value, least recently modified first. */
  find(key: string, value: string): Item[] {
    const ids = this.#indices.get(key)?.get(value);
    if (ids === undefined) return [];
    const found: Item[] = [];
    for (const id of ids) {
      const item = this.#byId.get(id);
      if (item !== undefined) found.push(item);
    }
    return found.sort(compare);
  }

  /** Where the first record modified at or after `at` stands in `all()`. */
  startOf(at: number): number {
    return this.#position({ updatedAt: at, id: "" });
  }

  put(item: Item): Item {
    this.restore(item);
    this.#changed(item);
    return item;
  }

  /** Puts back a record that the journal already holds. */
  restore(item: Item): void {
    const old = this.#byId.get(item.id);
    if (old !== undefined) this.#take(old);
    this.#byId.set(item.id, item);
    const last = this.#ordered.at(-1);
    if (last === undefined || compare(last, item) < 0) this.#ordered.push(item);
    else this.#ordered.splice(this.#position(item), 0, item);
    for (const name in this.#keys) {
      const value = this.#keys[name]?.(item) ?? null;
      if (value === null) continue;
      const index = this.#indices.get(name);
      const ids = index?.get(value);
      if (ids === undefined) index?.set(value, new Set([item.id]));
      else ids.add(item.id);
    }
  }

  remove(id: string): void {
    const old = this.#byId.get(id);
    if (old !== undefined) this.#take(old);
  }

  #take(old: Item): void {
    this.#byId.delete(old.id);
    const at = this.#position(old);
    if (this.#ordered[at]?.id === old.id) this.#ordered.splice(at, 1);
    for (const name in this.#keys) {
      const value = this.#keys[name]?.(old) ?? null;
      if (value === null) continue;
      const index = this.#indices.get(name);
      const ids = index?.get(value);
      ids?.delete(old.id);
      if (ids?.size === 0) index?.delete(value);
    }
  }

  #position(item: Stored): number {
    let low = 0;
    let high = this.#ordered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#ordered[middle];
      if (other !== undefined && compare(other, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** By modification, then id. */
export function compare(a: Stored, b: Stored): number {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt - b.updatedAt;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
