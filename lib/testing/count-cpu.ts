import { afterEach, beforeEach } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** What a test took of the processor in its own process, in ms, without what runs before all: the same beside other work. */
    cpuMs?: number;
  }
}

let before = process.cpuUsage();

// A set-up file of every project: its hooks stand around each test and the hooks of its file.
beforeEach(() => {
  before = process.cpuUsage();
});
afterEach(({ task }) => {
  const { user, system } = process.cpuUsage(before);
  task.meta.cpuMs = Math.round((user + system) / 1000);
});
