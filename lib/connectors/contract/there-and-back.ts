import { describe, expect, it } from "vitest";
import {
  isDocumentKind,
  type OutgoingRecord,
  type RecordKind,
  type SeenDocument,
} from "#lib/common/records.ts";
import { rulesFor } from "../types.ts";
import { expectSeen } from "./read-back.ts";
import { isDocument, refTo } from "./records.ts";
import { accepted, type Stage } from "./stage.ts";

/** One promise, kind by kind, so that a failure names the kind; none without such kinds. */
export function promise<Kind extends RecordKind>(
  words: string,
  kinds: readonly Kind[],
  holds: (kind: Kind) => Promise<void>,
): void {
  if (kinds.length > 0) describe(words, () => it.each(kinds)("%s", holds));
}

/** What holds of connector and package together: what was sent is there once, to the penny. */
export function thereAndBack(stage: Stage): void {
  const { can } = stage.connector;
  // Packages list invoices and credit notes apart; purchases are listed as sales are.
  const listed = (["sales-invoice", "sales-credit-note"] as const).filter((one) =>
    can.push.includes(one),
  );

  promise(
    "holds it to the penny, when asked again by id and by our own reference",
    can.push,
    async (kind) => {
      const record = stage.make(kind);
      const id = await stage.sent(record);
      for (const asked of [id, null]) {
        const seen = await stage.seen(record, asked);
        expect(seen.map((one) => [one.recordId, one.externalId])).toEqual([[record.recordId, id]]);
        if (isDocument(record) || asked !== null) expectSeen(seen[0], record, stage.accounts);
      }
    },
  );

  const keyed = can.keys === null ? [] : can.push;
  promise("sent twice under one key is there once", keyed, async (kind) => {
    const record = stage.make(kind);
    const once = stage.key();
    const first = accepted((await stage.push([record], once)).get(record.recordId));
    const again = accepted((await stage.push([record], once)).get(record.recordId));
    expect(again).toBe(first);
    expect(await stage.seen(record, null)).toMatchObject([{ externalId: first }]);
    if (isDocument(record)) expect(await stage.world.countInBooks(record.number)).toBe(1);
  });

  promise(
    "sent again under another key is refused where the package keeps numbers unique",
    can.uniqueNumbers,
    async (kind) => {
      const record = stage.make(kind);
      await stage.sent(record);
      const again = (await stage.push([record])).get(record.recordId);
      expect(again).toMatchObject({
        status: "refused",
        error: { code: "source.duplicate-number" },
      });
      expect(await stage.world.countInBooks(refTo(record, null).reference)).toBe(1);
    },
  );

  promise("calls absent what was never sent", can.push, async (kind) => {
    expect(await stage.seen(stage.make(kind), null)).toEqual([]);
  });

  promise(
    "refuses some of a batch with a cause, and takes the others",
    documentsOf(can.push).filter((kind) => rulesFor(can, [kind]).batch > 1),
    async (kind) => {
      const [good, alsoGood] = [stage.make(kind), stage.make(kind)];
      const bad = stage.world.spoiled(stage.make(kind));
      const outcomes = await stage.push([good, bad, alsoGood]);
      accepted(outcomes.get(good.recordId));
      accepted(outcomes.get(alsoGood.recordId));
      const refusal = outcomes.get(bad.recordId);
      if (refusal?.status !== "refused")
        throw new Error(`expected a refusal, not ${JSON.stringify(refusal)}`);
      expect(refusal.error.code).not.toMatch(/^(unknown|transient|internal)\./);
      expect(refusal.error.detail.said?.join("")).not.toBe("");
      expect(await stage.world.countInBooks(bad.number)).toBe(0);
    },
  );

  promise("sees more at once than one call takes", listed, async (kind) => {
    const { batch } = rulesFor(can, [kind]);
    const records = Array.from({ length: batch + 5 }, () => stage.make(kind));
    const ids = new Map<string, string>();
    for (let at = 0; at < records.length; at += batch) {
      const outcomes = await stage.push(records.slice(at, at + batch));
      for (const [recordId, outcome] of outcomes) ids.set(recordId, accepted(outcome));
    }
    const seen = await stage.confirm([
      ...records.map((record) => refTo(record, ids.get(record.recordId) ?? null)),
      refTo(stage.make(kind), null),
    ]);
    expect(new Set(seen.map((one) => one.recordId))).toEqual(new Set(ids.keys()));
    for (const one of seen) expect(one.externalId).toBe(ids.get(one.recordId));
  });
}

/** What holds where the package lets us change what it holds. */
export function changesThere(stage: Stage): void {
  const { can } = stage.connector;

  promise("changes what it holds by its id, and holds no second one", can.update, async (kind) => {
    const record = stage.make(kind);
    const id = await stage.sent(record);
    const change = async (changed: OutgoingRecord) => {
      const [before] = await stage.seen(record, id);
      const version = before?.version ?? null;
      const held = { externalId: id, version, before: before?.seen ?? null };
      expect(await stage.sent({ ...changed, held })).toBe(id);
      const seen = await stage.seen(changed, id);
      expect(seen.map((one) => one.externalId)).toEqual([id]);
      return { before: before?.seen, after: seen[0] };
    };
    if (!isDocument(record)) {
      if (!("name" in record)) throw new Error(`The suite changes no ${kind}`);
      const { after } = await change({ ...record, name: `${record.name} anew`, revision: 2 });
      expect(after?.seen).toMatchObject({ name: `${record.name} anew` });
      return;
    }
    const line = record.lines[2];
    if (!line) throw new Error("the document has three lines");
    const last = { ...line, quantity: "2", netMinor: 1_000n, taxMinor: 200n };
    const lines = [last, ...record.lines.slice(0, 2)];
    const amounts = { netMinor: 12_930n, taxMinor: 2_586n, grossMinor: 15_516n };
    const amended = { ...record, ...amounts, lines, revision: 2 };
    const { before, after } = await change(amended);
    expectSeen(after, amended, stage.accounts);
    if (before?.family === "document" && after?.seen.family === "document") {
      const ids = (seen: SeenDocument) => seen.lines?.map((one) => one.externalId).toSorted();
      expect(ids(after.seen)).toEqual(ids(before));
    }
    const ended = await change({ ...amended, voided: true, revision: 3 });
    // Where a package keeps nothing of what is ended, it is seen to be gone.
    const end = ended.after?.seen;
    expect(["voided", "deleted"]).toContain(end?.family === "document" ? end.status : end);
  });

  promise(
    "refuses to change what it no longer lets anybody change",
    documentsOf(can.update),
    async (kind) => {
      const record = stage.make(kind);
      const held = { externalId: await stage.sent(record), version: null, before: null };
      await stage.sent({ ...record, voided: true, held });
      const again = (await stage.push([{ ...record, held }])).get(record.recordId);
      expect(again).toMatchObject({ status: "refused", error: { code: "package.document-state" } });
    },
  );
}

function documentsOf(kinds: readonly RecordKind[]) {
  return kinds.filter(isDocumentKind);
}
