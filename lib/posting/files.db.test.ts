import { afterAll, describe, expect, it } from "vitest";
import { listFilesOfRun } from "#db/queries/files/run-files.ts";
import { findLastVisit } from "#db/queries/mailbox/visits.ts";
import { beginVisit } from "#lib/calling/transports/collector.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { hold } from "#lib/pending/withheld.ts";
import { withFiles } from "#lib/testing/file-scene.ts";
import { makePostingScene } from "#lib/testing/posting-scene.ts";
import { markExported, withdraw } from "./mark.ts";
import { retry } from "./retry.ts";
import { stopRun } from "./stop-run.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const aClient = async () => withFiles(scene, await scene.client());
type Client = Awaited<ReturnType<typeof aClient>>;

/** A client whose customer is known there, and whose invoices are in file 2, which nobody has had. */
async function inAFile(...numbers: string[]) {
  const client = await aClient();
  await client.add(...numbers.map((number) => ({ number })));
  await client.asked();
  await client.known();
  expect(await client.file(2)).toMatchObject({ state: "ready", records: numbers.length });
  return client;
}

const idOf = async (client: Client, number: string) => ({ ids: [(await client.state(number)).id] });

/** Once in the books, exported and ticked here. */
async function expectDone(client: Client, ...numbers: string[]) {
  await client.bring();
  await client.turn();
  await isDone(client, ...numbers);
}

async function isDone(client: Client, ...numbers: string[]) {
  for (const number of numbers) {
    expect(client.program.countOf(number)).toBe(1);
    expect(await client.state(number)).toMatchObject({ state: "confirmed", panel: "exported" });
  }
  expect(new Set(client.program.added()).size).toBe(client.program.added().length);
  expect(await client.broken()).toEqual([]);
}

describe("BB3 a package that takes files", () => {
  it("rows wait in a file without a lease, for weeks, and are ticked by an export of the books alone", async () => {
    const client = await aClient();
    await client.add({ number: "INV-1" }, { number: "INV-2" });
    await client.asked();
    // The customer goes first: the invoices name it.
    expect(await client.files()).toMatchObject([{ number: 1, state: "ready", records: 1 }]);
    expect(await client.state("INV-1")).toMatchObject({ state: "queued" });
    await client.known();
    expect(await client.file(2)).toMatchObject({ state: "ready", records: 2 });
    const { bytes } = await client.download(2);
    await scene.step(21 * 86_400);
    await client.turn();
    expect(await client.files()).toHaveLength(2);
    expect(await client.state("INV-1")).toMatchObject({ state: "waiting", panel: "pending" });
    await client.answer(2, client.program.import(bytes));
    expect(await client.state("INV-1")).toMatchObject({ state: "waiting" });
    await client.turn();
    expect(await client.state("INV-1")).toMatchObject({ state: "posted", panel: "exported" });
    await expectDone(client, "INV-1", "INV-2");
  });

  it("P33 one hand-out is noted, with who had it: a second has the same bytes and says so", async () => {
    const client = await inAFile("INV-1");
    const both = await Promise.all([client.download(2), client.download(2)]);
    expect(both.map(({ isAgain }) => isAgain).toSorted()).toEqual([false, true]);
    expect(both[0].bytes).toEqual(both[1].bytes);
    expect((await client.download(2)).isAgain).toBe(true);
    expect(await client.audit("file.handed")).toMatchObject([
      { detail: { number: 1, handOuts: 1 } },
      { detail: { number: 2, handOuts: 1 } },
      { detail: { number: 2, handOuts: 2 } },
      { detail: { number: 2, handOuts: 3 } },
    ]);
    await client.answer(2, client.program.import(both[0].bytes));
    // Whoever had it now would import it twice.
    await expect(client.download(2)).rejects.toThrow(Refusal);
    await client.turn();
    await expectDone(client, "INV-1");
  });

  it("what the program refused stands in Error Feedback, and goes in a later file under a new generation", async () => {
    const client = await inAFile("INV-1", "INV-2");
    client.program.refuses.add("INV-2");
    await client.carry(2);
    await client.turn();
    expect(await client.state("INV-1")).toMatchObject({ state: "posted" });
    expect(await client.state("INV-2")).toMatchObject({ state: "rejected", panel: "errors", generation: 1 });
    client.program.refuses.clear();
    const chosen = await idOf(client, "INV-2");
    await client.inScope((db) => retry(db, client.scope, chosen));
    await client.turn();
    expect(await client.file(3)).toMatchObject({ state: "ready", records: 1 });
    await client.carry(3);
    await client.turn();
    await expectDone(client, "INV-1", "INV-2");
    expect(await client.state("INV-2")).toMatchObject({ generation: 2 });
  });

  it("somebody's word that it was imported exports its rows, and gives no tick", async () => {
    const client = await inAFile("INV-1");
    client.program.import((await client.download(2)).bytes);
    await client.answer(2, null);
    await client.turn();
    expect(await client.state("INV-1")).toMatchObject({ state: "posted", panel: "exported" });
    await client.turn();
    expect(await client.state("INV-1")).toMatchObject({ state: "posted" });
    await expectDone(client, "INV-1");
  });

  it("a row that the result does not name is unclear, and what the books show settles it", async () => {
    const client = await inAFile("INV-1", "INV-2");
    const said = client.program.import((await client.download(2)).bytes).split("\n");
    await client.answer(2, `${[said[0], '["END","1"]'].join("\n")}\n`);
    await client.turn();
    const states = await Promise.all(["INV-1", "INV-2"].map(async (one) => (await client.state(one)).state));
    expect(states.toSorted()).toEqual(["posted", "unknown"]);
    // Time alone proves nothing: it is neither sent again nor given up.
    await scene.step(30 * 86_400);
    await client.turn();
    expect(await client.files()).toHaveLength(2);
    await expectDone(client, "INV-1", "INV-2");
  });

  it("what is no result of this file is nobody's answer", async () => {
    const client = await inAFile("INV-1");
    await expect(client.answer(2, null)).rejects.toThrow("Nobody has downloaded");
    await client.download(2);
    await expect(client.answer(2, "All went well.")).rejects.toThrow("none of its records");
    await expect(client.answer(2, '["OK","another-1"]\n["END","1"]\n')).rejects.toThrow("none of its records");
    await expect(client.bring(new TextEncoder().encode("All went well."))).rejects.toThrow("cannot be read");
    expect(await client.file(2)).toMatchObject({ state: "handed" });
  });

  it("of two people who answer at once, or answer and take back, one is told that the other was first", async () => {
    const client = await inAFile("INV-1");
    const said = client.program.import((await client.download(2)).bytes);
    const both = await Promise.allSettled([client.answer(2, said), client.answer(2, null)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await expect(client.takeBack(2, true)).rejects.toThrow("is being read");
    await client.turn();
    await expect(client.takeBack(2, true)).rejects.toThrow("Nothing of file 2 is open");
    await expectDone(client, "INV-1");

    const other = await inAFile("INV-1");
    const { bytes } = await other.download(2);
    const race = await Promise.allSettled([other.takeBack(2, true), other.answer(2, other.program.import(bytes))]);
    expect(race.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    // Whoever was first: it stands there, and an export says so.
    await other.turn();
    await expectDone(other, "INV-1");
  });

  it("a run's page has its files while something of them is open, and the program's last visit", async () => {
    const client = await aClient();
    await client.add({ number: "INV-1" });
    const { runId } = await client.click();
    await client.turn();
    await client.known();
    await client.download(2);
    const files = () => client.inScope((db) => listFilesOfRun(db, client.scope, runId));
    expect(await files()).toMatchObject([{ number: 2, state: "handed", open: 1, handedBy: "Staff" }]);
    const other = await scene.client();
    expect(await other.inScope((db) => listFilesOfRun(db, other.scope, runId))).toEqual([]);
    await client.answer(2, null);
    await client.turn();
    expect(await files()).toEqual([]);
    const seen = () => client.inScope((db) => findLastVisit(db, client.scope));
    expect(await seen()).toBeNull();
    await beginVisit(scene.database, client.scope, client.connectionId, "OFFICE-PC");
    expect(await seen()).toMatchObject({ isThere: true });
    await scene.step(600);
    expect(await seen()).toMatchObject({ isThere: false });
  });

  it("an export that is older than the import proves no absence", async () => {
    const client = await inAFile("INV-1");
    const old = client.program.export();
    const { bytes } = await client.download(2);
    await client.bring(old);
    await client.turn();
    expect(await client.state("INV-1")).toMatchObject({ state: "waiting" });
    await expect(client.bring(old)).rejects.toThrow("here already");
    await client.answer(2, client.program.import(bytes));
    await client.bring(new TextEncoder().encode(`${new TextDecoder().decode(old)}\n`));
    await client.turn();
    expect(await client.state("INV-1")).toMatchObject({ state: "posted" });
    await expectDone(client, "INV-1");
  });

  it("what was imported though nobody said so is settled and ticked by the export alone", async () => {
    const client = await inAFile("INV-1");
    client.program.import((await client.download(2)).bytes);
    await expectDone(client, "INV-1");
    await expect(client.takeBack(2, true)).rejects.toThrow("Nothing of file 2 is open");
  });

  it("P33 a file that was imported twice is shown to a person, waiting, posted or ticked", async () => {
    const client = await inAFile("INV-1");
    const { bytes } = await client.download(2);
    client.program.import(bytes);
    client.program.import(bytes);
    await client.bring();
    await client.turn();
    expect(await client.state("INV-1")).toMatchObject({ state: "conflict", panel: "errors" });

    const other = await inAFile("INV-1");
    const file = await other.download(2);
    await other.answer(2, other.program.import(file.bytes));
    await other.turn();
    other.program.import(file.bytes);
    await other.bring();
    await other.turn();
    const twice = { state: "drifted", differences: [{ theirs: "2 times" }] };
    expect(await other.state("INV-1")).toMatchObject(twice);

    const third = await inAFile("INV-1");
    const { bytes: theirs } = await third.download(2);
    third.program.import(theirs);
    await expectDone(third, "INV-1");
    third.program.import(theirs);
    await third.bring();
    await third.turn();
    expect(await third.state("INV-1")).toMatchObject(twice);
  });

  it("a second import that was refused, whose words alone came back, loses and doubles nothing", async () => {
    const client = await inAFile("INV-1");
    client.program.refusesRepeats = true;
    const { bytes } = await client.download(2);
    client.program.import(bytes);
    await client.answer(2, client.program.import(bytes));
    await client.turn();
    expect(await client.state("INV-1")).toMatchObject({ state: "unknown" });
    await expectDone(client, "INV-1");
  });

  it("nobody withdraws, holds, marks or stops a row out of its file", async () => {
    const client = await aClient();
    await client.add({ number: "INV-1" });
    const run = await client.click();
    await client.turn();
    await client.known();
    const chosen = await idOf(client, "INV-1");
    await expect(client.inScope((db) => withdraw(db, client.scope, chosen))).rejects.toThrow("in file 2");
    await expect(client.inScope((db) => hold(db, client.scope, chosen, "later"))).rejects.toThrow("in file 2");
    await expect(client.inScope((db) => markExported(db, client.scope, chosen, "by hand"))).rejects.toThrow("in file 2");
    await client.inScope((db) => stopRun(db, client.scope, run.runId));
    await client.turn();
    expect(await client.state("INV-1")).toMatchObject({ state: "waiting" });
    await client.carry(2);
    await client.turn();
    await expectDone(client, "INV-1");
  });

  it("a file that nobody has had is taken back freely, and is not handed out any more", async () => {
    const client = await inAFile("INV-1");
    expect(await client.takeBack(2)).toEqual({ number: 2, rows: 1 });
    expect(await client.state("INV-1")).toMatchObject({ state: "pending", generation: 2 });
    await expect(client.download(2)).rejects.toThrow("has taken file 2 back");
    await client.asked("INV-1");
    await client.carry(3);
    await client.turn();
    await expectDone(client, "INV-1");
  });

  it("one that somebody has is taken back by their word alone, and what follows supersedes it", async () => {
    const client = await inAFile("INV-1");
    await client.download(2);
    await expect(client.takeBack(2)).rejects.toThrow("Say that nothing of it was imported");
    await client.takeBack(2, true);
    await expect(client.answer(2, null)).rejects.toThrow("has taken file 2 back");
    await client.asked("INV-1");
    await client.carry(3);
    await client.turn();
    await expectDone(client, "INV-1");
    expect(await client.state("INV-1")).toMatchObject({ generation: 2 });
  });

  it("what is open of an answered file goes back by somebody's word, and what is settled stays", async () => {
    const client = await inAFile("INV-1", "INV-2");
    const said = client.program.import((await client.download(2)).bytes).split("\n");
    await client.answer(2, `${[said[0], '["END","1"]'].join("\n")}\n`);
    await client.turn();
    const open = (await client.state("INV-1")).state === "unknown" ? "INV-1" : "INV-2";
    client.program.change(open, () => null);
    expect(await client.takeBack(2, true)).toEqual({ number: 2, rows: 1 });
    await client.asked(open);
    await client.carry(3);
    await client.turn();
    await expectDone(client, "INV-1", "INV-2");
  });

  it("a file that was taken back and imported all the same is found before another goes out", async () => {
    const client = await inAFile("INV-1", "INV-2");
    const { bytes } = await client.download(2);
    await client.takeBack(2, true);
    await client.asked("INV-1");
    expect(await client.file(3)).toMatchObject({ state: "ready" });
    client.program.import(bytes);
    await client.bring();
    await client.turn();
    expect(await client.file(3)).toMatchObject({ state: "taken-back" });
    await expect(client.download(3)).rejects.toThrow(Refusal);
    await client.turn();
    expect(await client.files()).toHaveLength(3);
    await isDone(client, "INV-1", "INV-2");
  });

  it("an amendment waits for what becomes of the file, and goes with the next when it was taken back", async () => {
    const client = await inAFile("INV-1");
    await client.download(2);
    await client.amend("INV-1", 25_000n);
    await client.turn();
    expect(await client.state("INV-1")).toMatchObject({ state: "waiting", revision: 1 });
    await client.takeBack(2, true);
    await client.asked("INV-1");
    expect(await client.state("INV-1")).toMatchObject({ state: "waiting", revision: 2 });
    await client.carry(3);
    await client.turn();
    await expectDone(client, "INV-1");
  });

  it("an amendment of what was imported makes no second record there", async () => {
    const client = await inAFile("INV-1");
    const { bytes } = await client.download(2);
    await client.amend("INV-1", 25_000n);
    await client.answer(2, client.program.import(bytes));
    await client.turn();
    await client.bring();
    await client.turn();
    await client.asked();
    expect(await client.state("INV-1")).toMatchObject({ state: "held", revision: 2 });
    expect(await client.files()).toHaveLength(2);

    // The same where it was taken back, amended, and the old file imported all the same.
    const other = await inAFile("INV-1");
    const file = await other.download(2);
    await other.takeBack(2, true);
    await other.amend("INV-1", 25_000n);
    other.program.import(file.bytes);
    await other.bring();
    await other.turn();
    await other.asked();
    expect(await other.state("INV-1")).toMatchObject({ state: "held", revision: 2 });
    expect(other.program.countOf("INV-1")).toBe(1);
  });

  it("a worker that is killed at any transaction loses and doubles nothing", async () => {
    const again = (client: Client) => new TextEncoder().encode(`${new TextDecoder().decode(client.program.export())}\n`);
    /** One invoice all the way; each slice of work is done by `work`. */
    const whole = async (work: (client: Client, slice: number) => Promise<unknown>) => {
      const client = await aClient();
      await client.add({ number: "INV-1" });
      await client.click();
      await work(client, 0);
      await client.carry(1);
      await work(client, 1);
      await client.carry(2);
      await client.bring();
      await work(client, 2);
      expect(await client.files()).toHaveLength(2);
      await client.bring(again(client));
      await client.turn();
      await isDone(client, "INV-1");
    };
    // Killed one transaction later each time, and going on from there.
    await whole(async (client) => {
      for (let killAt = 1; (await client.turn(killAt)).killed; killAt += 1);
    });
    const begun: number[] = [];
    await whole(async (client) => begun.push((await client.turn()).begun));
    for (const [slice, most] of begun.entries()) {
      for (let killAt = 2 + slice; killAt <= most; killAt += 7) {
        await whole(async (client, now) => {
          if (now === slice) expect(await client.turn(killAt)).toMatchObject({ killed: true });
          await client.turn();
        });
      }
    }
  }, 120_000);
});
