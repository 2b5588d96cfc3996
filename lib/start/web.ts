import { spawn } from "node:child_process";
import { env, needEnv } from "#lib/env.ts";
import { ROOT } from "./binaries.ts";
import { ensureBuild, NEXT } from "./build.ts";
import { webEnv } from "./environments.ts";

const { DATABASE_URL, APP_SECRETS, SESSION_SECRET } = needEnv("DATABASE_URL", "APP_SECRETS", "SESSION_SECRET");
await ensureBuild(console.log);
const child = spawn(process.execPath, [NEXT, "start", "--port", String(env().PORT)], {
  cwd: ROOT,
  stdio: "inherit",
  env: webEnv(env(), { webUrl: DATABASE_URL, appSecrets: APP_SECRETS, sessionSecret: SESSION_SECRET }),
});
// Ctrl-C reaches the child by itself; a service manager's SIGTERM reaches us alone.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGTERM" || signal === "SIGINT" ? 0 : 1)));
