import { spawn } from "node:child_process";
import { createServer, type ServerResponse } from "node:http";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { PackagePause } from "#lib/calling/call.ts";
import { type FaultProxy, startFaultProxy, type Toxic } from "#lib/testing/fault-proxy.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { sendNextBatch } from "./send.ts";
import type { PostingWorld } from "./world.ts";

// The named faults of the network, each through the real client, the engine and a line that is spoilt, against the simulator.

const scene = await makePostingScene();
const proxy: FaultProxy = await startFaultProxy(scene.simulator.url);
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  proxy.clear();
  for (const close of closing.splice(0)) await close();
});
afterAll(async () => {
  await proxy.close();
  await scene.close();
});

/** A client whose customer is in the package, with one document queued. */
async function queued(): Promise<SceneClient> {
  const client = await scene.client();
  await client.add({ number: "INV-1" });
  await client.upload("C1");
  await client.work();
  await client.upload("INV-1");
  return client;
}

/** Sends the document over another address, once. */
async function sendOver(client: SceneClient, apiUrl: string, timeoutMs = 5_000): Promise<void> {
  const world = client.worldFor(await client.lease());
  const over: PostingWorld = {
    ...world,
    connection: { ...world.connection, apiUrl },
    connector: {
      ...world.connector,
      send: (message, context) =>
        world.connector.send(message, { ...context, timeoutMs: Math.min(context.timeoutMs, timeoutMs) }),
    },
  };
  await sendNextBatch(over, ["sales-invoice"], { sent: 0 }).catch((error: unknown) => {
    // What could not leave ends the time slice.
    if (!(error instanceof PackagePause)) throw error;
  });
}

const there = async (client: SceneClient) => (await client.ledger()).documents.length;

/** What is unclear is settled over a whole line again, and stands in the package once. */
async function settlesOnce(client: SceneClient) {
  proxy.clear();
  for (const seconds of [15, 420, 620]) {
    await scene.step(seconds);
    await client.work();
    if ((await client.row("INV-1")).state === "confirmed") break;
  }
  expect((await client.row("INV-1")).state).toBe("confirmed");
  expect(await there(client)).toBe(1);
  expect(await client.broken()).toEqual([]);
}

async function serving(server: ReturnType<typeof createTcpServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        if ("closeAllConnections" in server && typeof server.closeAllConnections === "function") server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
}

describe("what certainly did not leave goes back to the queue", () => {
  it("N01 nobody listens", async () => {
    const client = await queued();
    const nobody = createTcpServer();
    const url = await serving(nobody);
    await closing.pop()?.();
    await sendOver(client, url);
    expect(await client.row("INV-1")).toMatchObject({ state: "queued", generation: 1, unknown_why: null });
  });

  it("N02 the name is not known", async () => {
    const client = await queued();
    await sendOver(client, "http://no-such-host.invalid:1");
    expect(await client.row("INV-1")).toMatchObject({ state: "queued", generation: 1 });
  });

  it.runIf(process.platform === "linux")("N03 the connection does not come about in time", async () => {
    const client = await queued();
    // A server that sleeps takes no connection from its line; once that is full, whoever comes hears nothing.
    const sleeper = spawn(
      process.execPath,
      [
        "-e",
        'const s = require("node:net").createServer(); s.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(s.address().port))',
      ],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    const waiting: Socket[] = [];
    closing.push(async () => {
      for (const socket of waiting) socket.destroy();
      sleeper.kill("SIGKILL");
    });
    const port = Number(
      await new Promise<string>((resolve) => sleeper.stdout.once("data", (text: Buffer) => resolve(String(text)))),
    );
    sleeper.kill("SIGSTOP");
    for (let n = 0; n < 4; n += 1) waiting.push(connect(port, "127.0.0.1").on("error", () => {}));
    await expect.poll(() => waiting.filter((socket) => !socket.connecting).length).toBeGreaterThan(1);
    await sendOver(client, `http://127.0.0.1:${port}`, 400);
    expect(await client.row("INV-1")).toMatchObject({ state: "queued", generation: 1, unknown_why: null });
  });

  it("N12 the TLS handshake fails", async () => {
    const client = await queued();
    const url = await serving(
      createTcpServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
      }),
    );
    await sendOver(client, url.replace("http:", "https:"));
    expect(await client.row("INV-1")).toMatchObject({ state: "queued", generation: 1 });
  });
});

describe("what may have left is unknown, and is settled once", () => {
  const lines: Record<
    string,
    { toxics: ["upstream" | "downstream", Toxic][]; why: string; timeoutMs?: number; written: boolean }
  > = {
    "N04 the line is reset before the package heard a byte": {
      toxics: [["upstream", { type: "reset_peer", ms: 0 }]],
      why: "reset",
      written: false,
    },
    "N05 the line is reset after the request": {
      toxics: [["downstream", { type: "reset_peer", ms: 0 }]],
      why: "reset",
      written: true,
    },
    "N06 the answer is cut off in its middle": {
      toxics: [["downstream", { type: "limit_data", bytes: 400 }]],
      why: "reset",
      written: true,
    },
    "N07 no answer comes for ever": {
      toxics: [["downstream", { type: "timeout", ms: 0 }]],
      why: "timeout",
      timeoutMs: 400,
      written: true,
    },
    "N08 the answer drips, a byte at a time": {
      toxics: [["downstream", { type: "slicer", bytes: 1, delayMs: 50 }]],
      why: "timeout",
      timeoutMs: 500,
      written: true,
    },
    "N08 the answer comes at a few bytes a second": {
      toxics: [["downstream", { type: "bandwidth", bytesPerSecond: 20 }]],
      why: "timeout",
      timeoutMs: 500,
      written: true,
    },
    "N09 the answer comes after our deadline": {
      toxics: [["downstream", { type: "latency", ms: 900 }]],
      why: "timeout",
      timeoutMs: 300,
      written: true,
    },
  };
  it.each(Object.entries(lines))("%s", async (_, { toxics, why, timeoutMs, written }) => {
    const client = await queued();
    for (const [direction, toxic] of toxics) proxy.add(direction, toxic);
    await sendOver(client, proxy.url, timeoutMs);
    expect(await client.row("INV-1")).toMatchObject({ state: "unknown", unknown_why: why, generation: 1 });
    expect(await there(client)).toBe(written ? 1 : 0);
    await settlesOnce(client);
  });

  /** A line that keeps what it is given; `arrive` brings it to the package later, where nobody waits for the answer. */
  async function keeping(): Promise<{ url: string; arrive: () => Promise<void> }> {
    const kept: string[] = [];
    const url = await serving(
      createTcpServer((socket) => {
        socket.setEncoding("latin1");
        socket.on("error", () => {});
        socket.on("data", (text) => kept.push(String(text)));
      }),
    );
    const arrive = async () => {
      const late = connect(Number(new URL(scene.simulator.url).port), "127.0.0.1");
      late.write(Buffer.from(kept.join(""), "latin1"));
      await new Promise((resolve) => late.once("data", resolve));
      late.destroy();
    };
    return { url, arrive };
  }

  it("N10 the package writes two minutes after we gave up: nothing is sent again before that can have come through", async () => {
    const client = await queued();
    const { url, arrive } = await keeping();
    await sendOver(client, url, 400);
    expect(await client.row("INV-1")).toMatchObject({ state: "unknown", unknown_why: "timeout", generation: 1 });
    await scene.step(15);
    await client.work();
    await scene.step(120);
    await arrive();
    await settlesOnce(client);
    expect(await client.row("INV-1")).toMatchObject({ generation: 1 });
  });

  it("N11 the package writes hours later, when it was sent again: the number is unique there, and the one stays ticked", async () => {
    const client = await queued();
    const { url, arrive } = await keeping();
    await sendOver(client, url, 400);
    await settlesOnce(client);
    expect(await client.row("INV-1")).toMatchObject({ generation: 2 });
    await scene.step(1_200);
    await arrive();
    expect(await there(client)).toBe(1);
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
  });

  const answers: Record<string, (response: ServerResponse) => void> = {
    "N13 a page to sign in, with 200": (response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in</html>"),
    "N14 204 where 200 is due": (response) => response.writeHead(204).end(),
    "N14 a redirect, which is not followed": (response) => response.writeHead(302, { location: scene.simulator.url }).end(),
    "N15 more than twenty megabytes, packed": (response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(21 * 1024 * 1024, " "))),
  };
  it.each(Object.entries(answers))("%s", async (_, answer) => {
    const client = await queued();
    let asked = 0;
    const url = await serving(
      createServer((request, response) => {
        asked += 1;
        request.resume().on("end", () => answer(response));
      }),
    );
    await sendOver(client, url);
    expect(asked).toBe(1);
    expect((await client.row("INV-1")).state).toBe("unknown");
    await settlesOnce(client);
  });

  it("N06 keeps what came of the answer as evidence", async () => {
    const client = await queued();
    proxy.add("downstream", { type: "limit_data", bytes: 600 });
    await sendOver(client, proxy.url);
    const [call] = await client.inScope(async (db) =>
      (
        await db.execute<{ answer: Buffer | null; outcome: string }>(
          sql`select answer, outcome from posting_calls where client_id = ${client.clientId} and operation = 'createInvoices'`,
        )
      ).rows.slice(),
    );
    expect(call?.outcome).toBe("unknown");
    expect(call?.answer?.length).toBeGreaterThan(0);
  });
});

describe("the line itself", () => {
  it("carries everything when nothing is wrong with it, and tells its end late when it is told to", async () => {
    const client = await queued();
    proxy.add("downstream", { type: "slow_close", ms: 50 });
    await sendOver(client, proxy.url);
    expect(await client.row("INV-1")).toMatchObject({ state: "posted" });
    expect(proxy.passed.upstream).toBeGreaterThan(200);
    expect(proxy.passed.downstream).toBeGreaterThan(200);
  });
});
