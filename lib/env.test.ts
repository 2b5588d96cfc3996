import { describe, expect, it } from "vitest";
import { childEnv, EnvError, packageApp, packageSettings, parseEnv } from "./env.ts";

const faultsOf = (source: Record<string, string>): readonly string[] => {
  try {
    parseEnv(source);
  } catch (error) {
    if (error instanceof EnvError) return error.faults;
    throw error;
  }
  return [];
};

describe("the environment", () => {
  it("needs nothing: the embedded database, the demo and its simulator", () => {
    const all = parseEnv({});
    expect(all).toMatchObject({
      PORT: 3000,
      APP_URL: "http://localhost:3000",
      DEMO: true,
      DEMO_SCENE: true,
      SIMULATOR_PORT: 4010,
      SIMULATOR_HOST: "127.0.0.1",
    });
    expect(packageApp("xero", all)).toMatchObject({
      loginUrl: "http://127.0.0.1:4010",
      identityUrl: "http://127.0.0.1:4010",
      apiUrl: "http://127.0.0.1:4010",
    });
    expect(all.GREENTICK_DATA.endsWith(".data")).toBe(true);
  });

  it("aims at the real package and has no demo over a database of one's own", () => {
    const all = parseEnv({ DATABASE_URL: "postgres://web:x@db/books" });
    expect(all).toMatchObject({
      DEMO: false,
      DEMO_SCENE: false,
    });
    expect(packageSettings("xero", all)).toEqual({
      loginUrl: "https://login.xero.com",
      identityUrl: "https://identity.xero.com",
      apiUrl: "https://api.xero.com",
      clientId: undefined,
      clientSecret: undefined,
      webhookKey: undefined,
    });
    expect(() => packageApp("xero", all)).toThrow("XERO_CLIENT_SECRET is not set; the client secret of your app at Xero");
  });

  it("lets one package URL be changed alone, so that a proxy can stand between", () => {
    const all = parseEnv({ XERO_API_URL: "http://127.0.0.1:9999/" });
    expect(packageSettings("xero", all)).toMatchObject({ apiUrl: "http://127.0.0.1:9999", identityUrl: "http://127.0.0.1:4010" });
  });

  it("takes an empty variable for an unset one", () => {
    expect(parseEnv({ DATABASE_URL: "", PORT: " " })).toMatchObject({ DATABASE_URL: undefined, PORT: 3000 });
  });

  it("names every fault at once, by its variable", () => {
    const faults = faultsOf({
      PORT: "70000",
      DEMO: "yes",
      DATABASE_URL: "mysql://x",
      APP_SECRETS: "first:short",
      SESSION_SECRET: "short",
      XERO_API_URL: "ftp://api.xero.com",
    });
    for (const name of ["PORT", "DEMO", "DATABASE_URL", "APP_SECRETS", "SESSION_SECRET", "XERO_API_URL"]) {
      expect(faults.filter((fault) => fault.startsWith(`${name} `))).toHaveLength(1);
    }
    expect(new EnvError(faults).message).toContain("has 6 faults:\n  - ");
  });

  it("refuses web or worker the owner's login", () => {
    const owner = "postgres://owner:x@db/books";
    expect(faultsOf({ DATABASE_URL: owner, WORKER_DATABASE_URL: owner, DATABASE_OWNER_URL: owner })).toHaveLength(2);
  });

  it("refuses half a sign-in provider and half a Xero app", () => {
    expect(faultsOf({ OIDC_ISSUER: "https://id.example", XERO_CLIENT_ID: "a" })).toHaveLength(2);
  });

  it("takes keys of 32 bytes, each id once", () => {
    const key = Buffer.alloc(32, 7).toString("base64");
    expect(faultsOf({ APP_SECRETS: `b:${key},a:${key}` })).toEqual([]);
    expect(faultsOf({ APP_SECRETS: `a:${key},a:${key}` })).toHaveLength(1);
  });

  it("gives a child no variable of ours but the ones named", () => {
    const child = childEnv({ WORKER_DATABASE_URL: "postgres://worker:x@db/books" });
    expect(child).toMatchObject({ WORKER_DATABASE_URL: "postgres://worker:x@db/books", NODE_ENV: "production" });
    expect(child.DATABASE_URL).toBeUndefined();
    expect(child.VITEST).toBeUndefined();
    expect(child.PATH).toBeDefined();
  });

  it("gives figures only under a token, and alerts only with a sender", () => {
    expect(parseEnv({})).toMatchObject({ METRICS_PORT: undefined, METRICS_HOST: "127.0.0.1", ALERT_WEBHOOK_PRIVATE: false });
    expect(faultsOf({ METRICS_PORT: "9464" })[0]).toContain("METRICS_TOKEN");
    expect(faultsOf({ METRICS_PORT: "9464", METRICS_TOKEN: "short" })[0]).toContain("METRICS_TOKEN must be at least 16");
    expect(faultsOf({ SMTP_URL: "smtp://mail.example.com" })[0]).toContain("ALERTS_FROM");
    expect(faultsOf({ SMTP_URL: "https://mail.example.com", ALERTS_FROM: "not an address" })).toHaveLength(2);
    expect(parseEnv({ SMTP_URL: "smtp://mail.example.com", ALERTS_FROM: "Greentick <alerts@example.com>" })).toMatchObject({
      ALERTS_FROM: "Greentick <alerts@example.com>",
    });
  });
});
