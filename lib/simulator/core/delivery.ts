import type { ServerResponse } from "node:http";
import type { SimulatorClock } from "#lib/simulator/clock.ts";
import type { Answer } from "#lib/simulator/core/answer.ts";
import type { FaultOrder } from "#lib/simulator/faults.ts";

/** What a network puts in front of the package: a page to sign in. */
export const loginPage = (): Answer => ({
  status: 200,
  type: "text/html; charset=utf-8",
  body: "<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1><form><input name=user></form></body></html>",
});

/** Sends the answer, or spoils the sending as a fault of the network's wants (N05 to N14). */
export async function deliver(
  fault: FaultOrder | null,
  answer: Answer,
  call: { clock: SimulatorClock; response: ServerResponse; reply: (answer: Answer) => void; gone: AbortSignal },
): Promise<void> {
  const { clock, response, reply, gone } = call;
  const head = (body: Buffer) =>
    response.writeHead(answer.status, { "content-type": answer.type, "content-length": body.length });
  switch (fault?.name) {
    case "N05":
      response.socket?.resetAndDestroy();
      return;
    case "N06": {
      const body = Buffer.from(answer.body);
      head(body);
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
      return;
    }
    case "N07":
      return;
    case "N08": {
      const body = Buffer.from(answer.body);
      head(body);
      response.flushHeaders();
      const perByteMs = fault.delayMs ?? 1000;
      const started = clock.now();
      for (let sent = 0; sent < body.length && !gone.aborted; ) {
        await clock.sleep(perByteMs, gone);
        const due = Math.min(body.length, Math.max(sent + 1, Math.floor((clock.now() - started) / perByteMs)));
        response.write(body.subarray(sent, due));
        sent = due;
      }
      response.end();
      return;
    }
    case "N09":
      await clock.sleep(fault.delayMs ?? 45_000, gone);
      reply(answer);
      return;
    case "N13":
      reply(loginPage());
      return;
    case "N14":
      reply({ status: 204, type: "", body: "" });
      return;
    default:
      reply(answer);
  }
}
