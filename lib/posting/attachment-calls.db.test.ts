import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import type { ScopedDb } from "#db/client.ts";
import { findCallBytes, listAttachments } from "#db/queries/export/timeline.ts";
import { LeaseLostError } from "#db/queries/postings/outcomes.ts";
import type { CalledConnector, Message, SendContext } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { addAttachment, removeAttachment, retryAttachment } from "#lib/operational/attachments.ts";
import { Killed } from "#lib/testing/killed-turn.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { rowsOf } from "#lib/testing/scene-records.ts";
import { sendAttachments } from "./attachments.ts";
import { readTimeline } from "./timeline.ts";
import type { PostingWorld } from "./world.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const WORDS = "signed for at the gate";
const CONTENT = Buffer.from(`%PDF-1.4\n${WORDS}\n%%EOF\n`);
const TRUSTED = { windowMs: 86_400_000, boundToToken: false, trusted: true };

interface FileCall extends Record<string, unknown> {
  readonly id: string;
  readonly key: string | null;
  readonly request_sha: string;
  readonly conversation_id: string | null;
  readonly step: number;
  readonly message: string;
  readonly status: number | null;
  readonly answer: Buffer | null;
  readonly sends: number;
  readonly outcome: string | null;
  readonly generation: number;
  readonly external_id: string | null;
}

/** A client whose invoices are in the package, each with one file that waits. */
async function withFiles(...numbers: string[]) {
  const client = await scene.client();
  await client.add(...numbers.map((number) => ({ number })));
  await client.upload();
  await client.work();
  const ids = new Map<string, { readonly document: string; readonly file: string }>();
  for (const number of numbers) {
    const document = await client.inScope(async (db) => {
      const found = sql`select id from documents where client_id = ${client.clientId} and number = ${number}`;
      const [row] = await rowsOf<{ id: string }>(db, found);
      return row?.id ?? "";
    });
    const given = { fileName: "note.pdf", content: CONTENT };
    const { id } = await client.inScope((db) => addAttachment(db, client.scope, document, given));
    ids.set(number, { document, file: id });
  }
  const idsOf = (number: string) => {
    const found = ids.get(number);
    if (!found) throw new Error(`No document ${number}`);
    return found;
  };
  return {
    client,
    idsOf,
    /** How the file stands. */
    file: async (number: string) => {
      const [row] = await client.inScope((db) => listAttachments(db, client.scope, idsOf(number).document));
      return row;
    },
    /** The calls that are kept of it, oldest first. */
    calls: (number: string) =>
      client.inScope((db) =>
        rowsOf<FileCall>(
          db,
          sql`
            select c.id, c.idempotency_key as key, c.request_sha, c.conversation_id, c.step,
              c.message::text as message, c.status, c.answer, c.sends, a.outcome, a.generation,
              a.external_id
            from posting_attempts a join posting_calls c on c.id = a.call_id
            where a.attachment_id = ${idsOf(number).file} order by c.created_at`,
        ),
      ),
    /** Puts as the package saw them. */
    puts: async () => (await client.writes()).filter((call) => call.path.includes("/Attachments/")).length,
    /** Sends files, with what is the package's or the worker's replaced. */
    send: (over: (world: PostingWorld) => Partial<PostingWorld> = () => ({})) => sendOver(client, over),
    /** Time slices and the time between them, until nothing waits. */
    settle: async () => {
      for (let turns = 0; turns < 3; turns += 1) {
        await scene.step(420);
        await sendOver(client, () => ({}));
      }
    },
  };
}

async function sendOver(client: SceneClient, over: (world: PostingWorld) => Partial<PostingWorld>): Promise<"killed" | "done"> {
  const world = client.worldFor(await client.lease());
  try {
    await sendAttachments({ ...world, ...over(world) }, () => true);
    return "done";
  } catch (error) {
    if (error instanceof Killed) return "killed";
    throw error;
  }
}

/** The scene's package, with another way of sending. */
const sending =
  (send: (send: CalledConnector["send"], message: Message, context: SendContext) => ReturnType<CalledConnector["send"]>) =>
  (world: PostingWorld): Partial<PostingWorld> => ({
    connector: {
      ...world.connector,
      send: (message, context) =>
        message.operation.startsWith("create")
          ? send(world.connector.send, message, context)
          : world.connector.send(message, context),
    },
  });

/** As {@link sending}; the package's keys are trusted. */
const trusted =
  (send: Parameters<typeof sending>[0] = (send, message, context) => send(message, context)) =>
  (world: PostingWorld): Partial<PostingWorld> => {
    const { connector = world.connector } = sending(send)(world);
    return { connector: { ...connector, can: { ...connector.can, keys: TRUSTED } } };
  };

const LOST = { sent: "maybe", why: "reset", partial: null, bytesOut: 1, bytesIn: 0 } as const;
const answerLost: Parameters<typeof sending>[0] = async (send, message, context) => {
  await send(message, context);
  return LOST;
};

describe("N23 a file's way is the protocol of all writes", () => {
  it("P4 its intent is committed before its bytes leave, and holds none of them", async () => {
    const { client, calls, send, idsOf } = await withFiles("INV-1");
    let seen: FileCall[] = [];
    let key: string | null = null;
    await send(
      sending(async (send, message, context) => {
        seen = await calls("INV-1");
        key = context.idempotencyKey;
        return send(message, context);
      }),
    );
    expect(seen).toMatchObject([{ conversation_id: idsOf("INV-1").file, step: 0, status: null, outcome: null, generation: 1 }]);
    expect(seen[0]?.key).toBe(key);
    expect(seen[0]?.request_sha).toMatch(/^r2:/);
    expect(seen[0]?.message).not.toContain("37,80,68,70");
    expect(seen[0]?.message).not.toContain(WORDS);
    expect(seen[0]?.message).toContain("sha256");
    expect(await client.broken()).toEqual([]);
  });

  it("P7 its answer is kept, and the call is shown in its document's history", async () => {
    const { client, calls, send, idsOf, file } = await withFiles("INV-1");
    await send();
    const [call] = await calls("INV-1");
    expect(call).toMatchObject({ status: 200, outcome: "accepted", sends: 1 });
    expect(call?.answer?.toString()).toContain(call?.external_id ?? "none");
    expect(await file("INV-1")).toMatchObject({ state: "sent" });
    const entries = await client.inScope((db) => readTimeline(db, client.scope, idsOf("INV-1").document, "en-GB"));
    const shown = entries.find((one) => one.what === "attempt" && one.fileName !== null);
    expect(shown).toMatchObject({ fileName: "note.pdf", outcome: "accepted", status: 200, read: false });
    const bytes = await client.inScope((db) => findCallBytes(db, client.scope, call?.id ?? "", 1_000));
    expect(bytes?.file).toMatchObject({ mediaType: "application/pdf", length: CONTENT.length });
    expect(bytes?.sha256).toBe(bytes?.file?.sha256);
    expect(await client.audit("attachment.sent")).toMatchObject([{ detail: { callId: call?.id } }]);
    expect(await client.broken()).toEqual([]);
    await client.inScope((db) => db.execute(sql`update posting_attempts set outcome = 'absent' where call_id = ${call?.id}`));
    expect(await client.broken()).toMatchObject([expect.stringMatching(/^I3 .* file note\.pdf/)]);
  });

  it("K01 killed between any two transactions: one file, sent once, and its document as it was", async () => {
    const numbers = Array.from({ length: 8 }, (_, at) => `INV-${at}`);
    const all = await withFiles(...numbers);
    const before = await all.client.rows();
    let edges = 0;
    for (let killAt = 1; ; killAt += 1) {
      let begun = 0;
      const killed = await all.send((world) => ({
        inScope: <T>(run: (db: ScopedDb) => Promise<T>): Promise<T> => {
          begun += 1;
          if (begun >= killAt) throw new Killed();
          return world.inScope(run);
        },
      }));
      if (killed === "done") break;
      edges += 1;
    }
    expect(edges).toBeGreaterThan(4 * 2);
    await all.settle();
    for (const number of numbers) {
      expect(await all.file(number)).toMatchObject({ state: "sent" });
      const outcomes = (await all.calls(number)).map((one) => one.outcome);
      expect(outcomes.filter((one) => one === "accepted" || one === "found")).toHaveLength(1);
    }
    expect(await all.client.rows()).toEqual(before);
    expect(await all.client.broken()).toEqual([]);
  });

  it("K01 killed while the call is under way: what arrived is found and not sent again, what did not is", async () => {
    const all = await withFiles("INV-1", "INV-2");
    const die: Parameters<typeof sending>[0] = async () => {
      throw new Killed();
    };
    const arriveAndDie: Parameters<typeof sending>[0] = async (send, message, context) => {
      await send(message, context);
      throw new Killed();
    };
    expect(await all.send(sending(arriveAndDie))).toBe("killed");
    expect(await all.send(sending(die))).toBe("killed");
    expect(await all.puts()).toBe(1);
    await all.send();
    // What is not there yet may still be under way.
    expect(await all.puts()).toBe(1);
    await all.settle();
    expect(await all.puts()).toBe(2);
    const one = await all.calls("INV-1");
    const two = await all.calls("INV-2");
    expect(one.map((call) => call.outcome)).toEqual(["found"]);
    expect(two.map((call) => [call.outcome, call.generation])).toEqual([
      ["absent", 1],
      ["accepted", 2],
    ]);
    expect(two[0]?.key).not.toBe(two[1]?.key);
  });

  it("K03 an older holder of the lease sends no file", async () => {
    const { client, puts, calls } = await withFiles("INV-1");
    const old = client.worldFor(await client.lease());
    await client.lease();
    await expect(sendAttachments(old, () => true)).rejects.toThrow(LeaseLostError);
    expect(await puts()).toBe(0);
    expect(await calls("INV-1")).toEqual([]);
  });

  it("that was taken back since it was chosen is not sent", async () => {
    const { client, idsOf, puts, send } = await withFiles("INV-1");
    const takeBack = () => client.inScope((db) => removeAttachment(db, client.scope, idsOf("INV-1").file));
    await send((world) => ({
      token: async (refused) => {
        await takeBack().catch(() => null);
        return world.token(refused);
      },
    }));
    expect(await puts()).toBe(0);
  });

  it("a token that expired is renewed once, and the same call goes again under its key", async () => {
    const { calls, send } = await withFiles("INV-1");
    const keys: (string | null)[] = [];
    await send(
      sending(async (send, message, context) => {
        keys.push(context.idempotencyKey);
        const accessToken = keys.length === 1 ? "expired" : context.accessToken;
        return send(message, { ...context, accessToken });
      }),
    );
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
    expect(await calls("INV-1")).toMatchObject([{ outcome: "accepted", status: 200 }]);
  });
});

describe("N23 a file's call without a clear answer", () => {
  it("is sent again under its stored key, byte for byte, where the package's keys are trusted", async () => {
    const { calls, send, file, puts } = await withFiles("INV-1");
    const sent: { key: string | null; bytes: Uint8Array | undefined; path: string }[] = [];
    const note: Parameters<typeof sending>[0] = (send, message, context) => {
      sent.push({ key: context.idempotencyKey, bytes: message.file?.bytes, path: message.path });
      return sent.length === 1 ? answerLost(send, message, context) : send(message, context);
    };
    await send(trusted(note));
    await scene.step(15);
    await send(trusted(note));
    expect(await file("INV-1")).toMatchObject({ state: "sent" });
    expect(await puts()).toBe(2);
    expect(sent[1]).toEqual(sent[0]);
    expect(await calls("INV-1")).toMatchObject([{ sends: 2, outcome: "accepted" }]);
  });

  it("is not sent again under its key where keys alone are not trusted", async () => {
    const { send, file, puts } = await withFiles("INV-1");
    await send(sending(answerLost));
    await send();
    expect(await puts()).toBe(1);
    expect(await file("INV-1")).toMatchObject({ state: "waiting" });
    await scene.step(15);
    await send();
    expect(await puts()).toBe(1);
    expect(await file("INV-1")).toMatchObject({ state: "sent" });
  });

  it("is looked for where this code would ask otherwise than was asked", async () => {
    const { send, file, puts } = await withFiles("INV-1");
    await send(trusted(answerLost));
    await scene.step(15);
    await send((world) => {
      const { connector = world.connector } = trusted()(world);
      const { attach } = connector;
      if (!attach) throw new Error("It takes files");
      const ask: typeof attach.put.ask = (of, connection) => ({
        ...attach.put.ask(of, connection),
        query: { IncludeOnline: "true" },
      });
      return { connector: { ...connector, attach: { ...attach, put: { ...attach.put, ask } } } };
    });
    expect(await file("INV-1")).toMatchObject({ state: "sent" });
    expect(await puts()).toBe(1);
  });

  it("a refusal of what was sent again says nothing of what came before: it is looked for", async () => {
    const { client, send, file } = await withFiles("INV-1");
    await send(trusted(answerLost));
    await scene.step(15);
    const refuse: Parameters<typeof sending>[0] = async () => ({
      sent: true,
      answer: { status: 404, headers: {}, body: "" },
      bytesOut: 1,
      bytesIn: 1,
    });
    await send(trusted(refuse));
    expect(await file("INV-1")).toMatchObject({ state: "waiting" });
    await scene.step(15);
    await client.work();
    expect(await file("INV-1")).toMatchObject({ state: "sent", errorCode: null });
  });

  it("and that cannot be looked for stays unclear: it is neither taken back nor sent unseen", async () => {
    const { client, idsOf, send, file, puts } = await withFiles("INV-1");
    await send(sending(answerLost));
    await scene.step(15);
    await send((world) => {
      const { attach } = world.connector;
      if (!attach) throw new Error("It takes files");
      const read = () => {
        throw new SyncError("package.refused", { said: ["Not you"] });
      };
      const list = { ...attach.list, read };
      return { connector: { ...world.connector, attach: { ...attach, list } } };
    });
    expect(await file("INV-1")).toMatchObject({
      state: "failed",
      errorCode: "unknown.timeout-after-send",
      errorDetail: { said: ["Not you"] },
    });
    const { file: id } = idsOf("INV-1");
    const takenBack = client.inScope((db) => removeAttachment(db, client.scope, id));
    await expect(takenBack).rejects.toThrow("may be, in the package");
    await client.inScope((db) => retryAttachment(db, client.scope, id));
    await send();
    expect(await file("INV-1")).toMatchObject({ state: "sent" });
    expect(await puts()).toBe(1);
  });
});
