import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { sql } from "drizzle-orm";
import { expect, inject, test } from "vitest";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { TEMPLATE, toDatabase } from "#lib/testing/connections.ts";
import { openDatabase, waitForDatabase } from "./client.ts";

/** A port that nobody listens on, and the address of the tests' database over it. */
async function closedPort() {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, "close");
  const url = new URL(toDatabase(inject("testServer").workerUrl, TEMPLATE));
  const real = Number(url.port);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  return { port, real, url: url.href };
}

test("M17 a process that starts before its database waits for it", async () => {
  const { port, real, url } = await closedPort();
  const database = openDatabase(url, { max: 1 });
  let cutOff = 0;
  const late = createServer((socket) => {
    // First as a server that goes down: it takes the connection and ends it.
    if (cutOff++ < 2) {
      socket.end();
      return;
    }
    const onward = connect(real, "127.0.0.1");
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on("error", () => {});
  });
  const opened = setTimeout(() => late.listen(port, "127.0.0.1"), 700);
  try {
    await waitForDatabase(database, 20_000);
    expect(cutOff).toBe(3);
  } finally {
    clearTimeout(opened);
    await database.close();
    late.close();
  }
});

test("M17 a database that never answers, or refuses the login, is named instead of waited for", async () => {
  const { url } = await closedPort();
  const nobody = openDatabase(url, { max: 1 });
  await expect(waitForDatabase(nobody, 300)).rejects.toThrow("ECONNREFUSED");
  await nobody.close();
  const wrong = new URL(toDatabase(inject("testServer").workerUrl, TEMPLATE));
  wrong.password = "wrong";
  const refused = openDatabase(wrong.href, { max: 1 });
  await expect(waitForDatabase(refused, 20_000)).rejects.toThrow("password authentication failed");
  await refused.close();
});

test("M17 a connection that is gone when its transaction begins is given back: a restart of Postgres uses none of them up", async () => {
  const database = openDatabase(toDatabase(inject("testServer").workerUrl, TEMPLATE), { max: 2 });
  let ends = 5;
  database.pool.on("acquire", (client) => {
    // As a restart leaves it: lent out before anybody has noticed that its server is gone.
    if (ends > 0) (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    ends -= 1;
  });
  const ask = () => database.inScope(jobPracticeScope(), (db) => db.execute<{ n: number }>(sql`select 1 as n`));
  for (let time = 0; time < 5; time += 1) await expect(ask()).rejects.toThrow();
  expect((await ask()).rows).toEqual([{ n: 1 }]);
  await database.close();
});
