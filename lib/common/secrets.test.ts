import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseSecretKeys, SecretError, seal, unseal } from "./secrets.ts";

const key = () => randomBytes(32).toString("base64");
const place = { table: "grants", rowId: "1", column: "access_token_sealed" };

describe("a token at rest", () => {
  it("opens again, and never looks the same twice", () => {
    const keys = parseSecretKeys(`a:${key()}`);
    const sealed = seal("token é", place, keys);
    expect(sealed).toMatch(/^v1\.a\./);
    expect(sealed).not.toContain("token");
    expect(unseal(sealed, place, keys)).toBe("token é");
    expect(seal("token é", place, keys)).not.toBe(sealed);
  });

  it("does not open in another row, column or table, or when a byte was changed", () => {
    const keys = parseSecretKeys(`a:${key()}`);
    const sealed = seal("token", place, keys);
    for (const other of [{ rowId: "2" }, { column: "refresh_token_sealed" }, { table: "users" }]) {
      expect(() => unseal(sealed, { ...place, ...other }, keys)).toThrow(SecretError);
    }
    const at = sealed.length - 3;
    const changed = `${sealed.slice(0, at)}${sealed[at] === "A" ? "B" : "A"}${sealed.slice(at + 1)}`;
    expect(() => unseal(changed, place, keys)).toThrow(SecretError);
    expect(() => unseal("v1.a..", place, keys)).toThrow(SecretError);
    expect(() => unseal("token", place, keys)).toThrow(SecretError);
  });

  it("opens under an earlier key while that is in the list, and not afterwards", () => {
    const [old, young] = [`old:${key()}`, `young:${key()}`];
    const sealed = seal("token", place, parseSecretKeys(old));
    expect(unseal(sealed, place, parseSecretKeys(`${young},${old}`))).toBe("token");
    expect(seal("token", place, parseSecretKeys(`${young},${old}`))).toMatch(/^v1\.young\./);
    expect(() => unseal(sealed, place, parseSecretKeys(young))).toThrow(SecretError);
  });

  it("refuses a key that is not 32 bytes", () => {
    expect(() => parseSecretKeys("a:c2hvcnQ=")).toThrow(SecretError);
  });
});
