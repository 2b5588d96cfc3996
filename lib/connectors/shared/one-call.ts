import type { Connection, Conversation, Message, RawAnswer } from "../types.ts";

/** The two halves of a conversation of one call. */
export interface Halves<Ask, Answer> {
  ask(ask: Ask, connection: Connection, key: string): Message;
  read(message: Message, answer: RawAnswer, ask: Ask): Answer;
}

/** Makes a conversation of one call that writes: asked, answered, done. Its halves stay at hand. */
export function oneCall<Ask, Answer>(halves: Halves<Ask, Answer>): Halves<Ask, Answer> & Conversation<Ask, Answer> {
  return {
    ...halves,
    next(ask, { connection, key }, [first]) {
      if (!first) return { do: "send", message: halves.ask(ask, connection, key), writes: true };
      if ("found" in first) throw new Error("One call is settled by the read that found it");
      return { do: "done", answer: halves.read(first.message, first.answer, ask) };
    },
  };
}
