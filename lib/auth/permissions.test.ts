import { describe, expect, it } from "vitest";
import { can, PERMISSIONS, whoMay } from "./permissions.ts";

describe("who may do what", () => {
  it.each([
    ["client", ["view"]],
    ["staff", ["view", "console", "export"]],
    ["adviser", ["view", "console", "export", "setup", "synchronise", "lock-policy", "practice-mapping"]],
    ["administrator", [...PERMISSIONS]],
  ] as const)("gives %s exactly what the table of roles says", (role, may) => {
    expect(PERMISSIONS.filter((permission) => can(role, permission))).toEqual(may);
  });

  it("keeps connecting, new clients, users, keys, master mappings and audit for administrators alone", () => {
    for (const permission of ["connect", "clients", "users", "keys", "master-mapping", "audit"] as const) {
      expect(whoMay(permission)).toBe("an administrator");
    }
  });

  it("gives a role that it does not know nothing", () => {
    for (const role of ["", "owner", "Administrator", "__proto__", "constructor"]) {
      expect(PERMISSIONS.filter((permission) => can(role, permission))).toEqual([]);
    }
  });
});
