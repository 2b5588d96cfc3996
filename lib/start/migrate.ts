import { loginOf, migrate } from "#db/migrate.ts";
import { env, needEnv } from "#lib/env.ts";
import { EMBEDDED } from "./embedded.ts";

const { DATABASE_OWNER_URL } = needEnv("DATABASE_OWNER_URL");
await migrate({
  ownerUrl: DATABASE_OWNER_URL,
  webUser: loginOf(env().DATABASE_URL, EMBEDDED.web),
  workerUser: loginOf(env().WORKER_DATABASE_URL, EMBEDDED.worker),
});
console.log("The database is up to date.");
