import { expect, it } from "vitest";
import { fileWords, programWords } from "./waits.ts";

it("BB3 says how a file stands, and who has it", () => {
  expect(fileWords({ number: 12, state: "ready", handedBy: null })).toBe("File 12 is ready to download");
  expect(fileWords({ number: 12, state: "handed", handedBy: "Ann Lee <ann@example.com>" })).toBe(
    "File 12 waits for its import, downloaded by Ann Lee",
  );
});

it("BB3 says when the program that collects was last there, in the words of its card", () => {
  const program = { name: "the Web Connector", seenAt: new Date(), isThere: false };
  expect(programWords(program, "14:02")).toBe("Waiting for the Web Connector, last seen 14:02");
  expect(programWords({ ...program, seenAt: null }, "")).toBe("The Web Connector has not come by yet");
  expect(programWords({ ...program, isThere: true }, "14:02")).toBeNull();
});
