import { describe, expect, it } from "vitest";
import { controlIn, isPlainAddress } from "./control-characters.ts";

describe("FC4 control characters", () => {
  it("are found in names and values, at any depth, and told by where they stand", () => {
    expect(controlIn({ a: "plain", b: ["x", { c: "bad\u0000" }] })).toBe("b.1.c");
    expect(controlIn("\u001b[31m")).toBe("");
    expect(controlIn({ "na\u0007me": 1 })).toBe("");
    expect(controlIn(new URLSearchParams("a=1&b=%00"))).toBe("b");
    expect(controlIn(new Map([["k", new Set(["\u009f"])]]))).not.toBeNull();
  });

  it("are not tab and line breaks, nor what is no text", () => {
    expect(controlIn({ a: "two\r\nlines\tand a tab é €", b: 1n, c: null, d: undefined, e: new Date(), f: true })).toBeNull();
    expect(controlIn(new Blob(["\u0000"]))).toBeNull();
  });

  it("are found however deep: an input of a hundred thousand brackets ends no stack", () => {
    let deep: unknown = "\u0000";
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(controlIn(deep)).not.toBeNull();
  });

  it.each(["/clients/a%00b", "/clients?q=%00", "/clients?%00=1", "/clients/%1Fx", "/clients/%ff", "/clients/%c0%80"])(
    "%s is no address",
    (path) => {
      expect(isPlainAddress(new URL(path, "http://x"))).toBe(false);
    },
  );

  it.each(["/clients/caf%C3%A9?q=50%25+off%0Aline", "/clients?q=%F0%9F%98%80", "/clients?q=100%"])("%s is one", (path) => {
    expect(isPlainAddress(new URL(path, "http://x"))).toBe(true);
  });
});
