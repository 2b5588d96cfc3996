import { createHash } from "node:crypto";
import type { SimulatorClock } from "#lib/simulator/clock.ts";
import type { Answer } from "#lib/simulator/core/answer.ts";
import type { Performed } from "#lib/simulator/core/wire.ts";
import { type Fields, isFields } from "#lib/simulator/http.ts";

/** What a key stands for from its first use; `answer` is null while its call is at work. */
type Remembered = { fingerprint: string; firstAt: number; answer: Answer | null; done: Promise<void> };

/** A hash of a request, by which another one under the same key is told from it. */
export function fingerprintOf(...parts: (string | Buffer)[]): string {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part).update("\n");
  return sum.digest("base64url");
}

/** The keys of one package: the first call works, repeats wait for it and get its answer. */
export class Keys {
  readonly #clock: SimulatorClock;
  readonly #lifeMs: number;
  readonly #note: (change: Fields) => void;
  readonly #keys = new Map<string, Remembered>();

  constructor(clock: SimulatorClock, seconds: number, note: (change: Fields) => void) {
    this.#clock = clock;
    this.#lifeMs = seconds * 1000;
    this.#note = note;
  }

  clear(): void {
    this.#keys.clear();
  }

  /** What a key that is known will have been answered, and whether it stands for this very request; null for a new one. */
  known(name: string, fingerprint: string): { same: boolean; answer: Promise<Answer | null> } | null {
    const known = this.#keys.get(name);
    const now = this.#clock.now();
    if (known === undefined || now >= known.firstAt + this.#lifeMs || now < known.firstAt) return null;
    return { same: known.fingerprint === fingerprint, answer: known.done.then(() => known.answer) };
  }

  /** Works under a key that is new. One that throws leaves no trace. */
  async first(name: string, fingerprint: string, work: () => Promise<Performed>): Promise<Performed> {
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();
    const entry: Remembered = { fingerprint, firstAt: this.#clock.now(), answer: null, done };
    this.#keys.set(name, entry);
    this.#forgetOld();
    try {
      const performed = await work();
      entry.answer = performed.answer;
      this.#note({ key: name, put: { fingerprint, firstAt: entry.firstAt, answer: performed.answer } });
      return performed;
    } catch (error) {
      this.#keys.delete(name);
      throw error;
    } finally {
      finish();
    }
  }

  restore(key: string, saved: unknown): void {
    if (!isFields(saved) || !isFields(saved.answer)) return;
    const { status, type, body } = saved.answer;
    if (typeof saved.fingerprint !== "string" || typeof saved.firstAt !== "number") return;
    if (typeof status !== "number" || typeof type !== "string" || typeof body !== "string") return;
    const answer = { status, type, body };
    const { fingerprint, firstAt } = saved;
    this.#keys.set(key, { fingerprint, firstAt, answer, done: Promise.resolve() });
  }

  *snapshot(): Generator<Fields> {
    const oldest = this.#clock.now() - this.#lifeMs;
    for (const [key, { fingerprint, firstAt, answer }] of this.#keys) {
      if (answer !== null && firstAt > oldest) yield { key, put: { fingerprint, firstAt, answer } };
    }
  }

  /** Keys come in the order of their first use, so the dead ones stand in front. */
  #forgetOld(): void {
    const oldest = this.#clock.now() - this.#lifeMs;
    for (const [name, entry] of this.#keys) {
      if (entry.firstAt > oldest || entry.answer === null) return;
      this.#keys.delete(name);
    }
  }
}
