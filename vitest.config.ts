import { defineConfig } from "vitest/config";
import { TEST_WORKERS } from "./lib/testing/workers.ts";

const left = ["node_modules/**", ".next/**", ".data/**", "e2e/**"];
/** These put something in the place of a module or of the process's own settings, so each has a process to itself. */
const alone = [
  "app/**/error-card.test.ts",
  "lib/auth/every-action.test.ts",
  "lib/auth/people.db.test.ts",
  "lib/auth/refuse-control.test.ts",
  "lib/auth/sign-in.db.test.ts",
  "lib/watching/*.db.test.ts",
];

/** Kills and freezes a product of its own under a fast clock: beside other files its calls come late, and it takes five times as long. */
const fire = ["lib/campaign/fire.db.test.ts"];

const withDatabase = {
  globalSetup: "lib/testing/server.ts",
  setupFiles: ["lib/testing/count-cpu.ts", "lib/testing/keep-failed.ts"],
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    environment: "node",
    maxWorkers: TEST_WORKERS,
    projects: [
      // Files of one worker share the modules they load: loading them anew for each file took half of the processor's time.
      {
        extends: true,
        test: {
          name: "unit",
          isolate: false,
          include: ["**/*.test.ts"],
          exclude: [...left, ...alone, "**/*.db.test.ts"],
          setupFiles: "lib/testing/count-cpu.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "db",
          isolate: false,
          include: ["**/*.db.test.ts"],
          exclude: [...left, ...alone, ...fire],
          ...withDatabase,
        },
      },
      { extends: true, test: { name: "alone", include: alone, exclude: left, ...withDatabase } },
      // After all others.
      { extends: true, test: { name: "fire", include: fire, exclude: left, sequence: { groupOrder: 1 }, ...withDatabase } },
    ],
  },
});
