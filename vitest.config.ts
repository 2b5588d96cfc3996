import { defineConfig } from "vitest/config";

const left = ["node_modules/**", ".next/**", ".data/**", "e2e/**"];

export default defineConfig({
  test: {
    environment: "node",
    // Two cores are the least we promise to run on; more workers than that only take turns.
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: "unit", include: ["**/*.test.ts"], exclude: [...left, "**/*.db.test.ts"] } },
      {
        extends: true,
        test: {
          name: "db",
          include: ["**/*.db.test.ts"],
          exclude: left,
          globalSetup: "lib/testing/server.ts",
          setupFiles: "lib/testing/keep-failed.ts",
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
