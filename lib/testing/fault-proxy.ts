import { createServer, connect as open, type Socket } from "node:net";

/** What a toxic may do to the bytes of one direction; names and meanings are toxiproxy's. Times are real ms. */
export type Toxic =
  /** Each piece of data comes so much later. */
  | { readonly type: "latency"; readonly ms: number }
  | { readonly type: "bandwidth"; readonly bytesPerSecond: number }
  /** The end of the stream is told so much later. */
  | { readonly type: "slow_close"; readonly ms: number }
  /** No data passes; the connection is closed after so long, with 0 never. */
  | { readonly type: "timeout"; readonly ms: number }
  /** The connection is reset so long after its first data, with 0 at once. */
  | { readonly type: "reset_peer"; readonly ms: number }
  /** Data comes in pieces of so many bytes with a pause between them. */
  | { readonly type: "slicer"; readonly bytes: number; readonly delayMs: number }
  /** After so many bytes the connection is closed. */
  | { readonly type: "limit_data"; readonly bytes: number };

/** `upstream` is what the client sends, `downstream` what the server answers. */
type Direction = "upstream" | "downstream";

export interface FaultProxy {
  readonly url: string;
  /** For connections that are made from now on. */
  add(direction: Direction, toxic: Toxic): void;
  clear(): void;
  /** What passed since the last {@link clear}, in bytes, before any toxic. */
  readonly passed: Readonly<Record<Direction, number>>;
  close(): Promise<void>;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A TCP proxy before one server on this machine, which spoils the line as it is told. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const toxics: Record<Direction, Toxic[]> = { upstream: [], downstream: [] };
  const passed: Record<Direction, number> = { upstream: 0, downstream: 0 };
  const sockets = new Set<Socket>();

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = open({ host: hostname, port: Number(port), allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => sockets.delete(socket));
    }
    client.once("close", () => upstream.destroy());
    const resets = () => {
      client.resetAndDestroy();
      upstream.destroy();
    };
    carry(client, upstream, [...toxics.upstream], resets, (bytes) => {
      passed.upstream += bytes;
    });
    carry(upstream, client, [...toxics.downstream], resets, (bytes) => {
      passed.downstream += bytes;
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The proxy has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    passed,
    add: (direction, toxic) => {
      toxics[direction].push(toxic);
    },
    clear() {
      for (const direction of ["upstream", "downstream"] as const) {
        toxics[direction].length = 0;
        passed[direction] = 0;
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Carries one direction of one connection, each piece through every toxic in turn. */
function carry(from: Socket, to: Socket, toxics: readonly Toxic[], reset: () => void, count: (bytes: number) => void): void {
  let left = Number.POSITIVE_INFINITY;
  for (const toxic of toxics) if (toxic.type === "limit_data") left = Math.min(left, toxic.bytes);
  const hang = toxics.find((toxic) => toxic.type === "timeout");
  const resets = toxics.find((toxic) => toxic.type === "reset_peer");
  let heard = false;
  // One piece after the other: what comes meanwhile waits in the socket.
  let turn = Promise.resolve();

  const write = (bytes: Buffer) =>
    new Promise<void>((resolve) => {
      if (to.destroyed || !to.writable) resolve();
      else to.write(bytes, () => resolve());
    });

  const pass = async (chunk: Buffer) => {
    count(chunk.length);
    if (hang) return;
    let pieces = [chunk];
    for (const toxic of toxics) {
      if (toxic.type === "latency") await pause(toxic.ms);
      if (toxic.type === "slicer") pieces = pieces.flatMap((piece) => sliced(piece, toxic.bytes));
      if (toxic.type === "bandwidth") pieces = pieces.flatMap((piece) => sliced(piece, Math.max(1, toxic.bytesPerSecond)));
    }
    for (const piece of pieces) {
      if (to.destroyed) return;
      const kept = piece.subarray(0, left);
      left -= kept.length;
      if (kept.length > 0) await write(kept);
      if (left <= 0) {
        to.destroy();
        from.destroy();
        return;
      }
      for (const toxic of toxics) {
        if (toxic.type === "slicer") await pause(toxic.delayMs);
        if (toxic.type === "bandwidth") await pause((piece.length * 1_000) / toxic.bytesPerSecond);
      }
    }
  };

  from.on("data", (chunk: Buffer) => {
    if (!heard) {
      heard = true;
      if (resets) setTimeout(reset, resets.ms);
      if (hang && hang.ms > 0) {
        setTimeout(() => {
          to.destroy();
          from.destroy();
        }, hang.ms);
      }
    }
    if (resets?.ms === 0) return;
    from.pause();
    turn = turn.then(() => pass(chunk)).then(() => void from.resume());
  });
  from.on("end", () => {
    const slow = toxics.find((toxic) => toxic.type === "slow_close");
    turn = turn.then(async () => {
      if (hang) return;
      if (slow) await pause(slow.ms);
      to.end();
    });
  });
}

function sliced(piece: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(piece.length / bytes) }, (_, n) => piece.subarray(n * bytes, (n + 1) * bytes));
}
