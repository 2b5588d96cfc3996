import { describe, expect, it } from "vitest";
import { hashPassword, isPassword, passwordFault } from "./password.ts";

const EMAIL = "somebody@practice.test";

describe("a new password", () => {
  it("needs twelve characters, and may have sixty-four and more, of any kind", () => {
    expect(passwordFault("elevenchars", EMAIL)).toContain("at least 12");
    expect(passwordFault("twelve chars", EMAIL)).toBeNull();
    expect(
      passwordFault("a long sentence with spaces, commas and ünïcödé ✓ is a fine password to keep".slice(0, 70), EMAIL),
    ).toBeNull();
    expect(passwordFault("x".repeat(300), EMAIL)).not.toBeNull();
  });

  it("is not one of those that are tried first, nor the address itself", () => {
    for (const weak of ["password1234", "PASSWORD1234", "123456789012", "qwertyuiop123", "aaaaaaaaaaaaaa", EMAIL]) {
      expect(passwordFault(weak, EMAIL)).not.toBeNull();
    }
  });
});

describe("a kept password", () => {
  it("is an argon2id hash with a salt of its own, and opens with the right words only", async () => {
    const [one, two] = await Promise.all([hashPassword("correct horse battery"), hashPassword("correct horse battery")]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
    expect(await isPassword(one, "correct horse battery")).toBe(true);
    expect(await isPassword(one, "Correct horse battery")).toBe(false);
    expect(await isPassword(null, "correct horse battery")).toBe(false);
  });
});
