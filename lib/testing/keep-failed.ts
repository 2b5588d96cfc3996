import { afterAll } from "vitest";
import { keepDatabase, leaveShared, toDrop } from "./database.ts";

interface Task {
  readonly result?: { readonly state: string } | undefined;
  readonly tasks?: readonly Task[];
}

function hasFailed(task: Task): boolean {
  return task.result?.state === "fail" || (task.tasks ?? []).some(hasFailed);
}

// A set-up file of the `db` project: its hook is the first one of every test file, so it runs after the file's own, which close pools.
// biome-ignore lint/correctness/noEmptyPattern: Vitest reads the first parameter's pattern to know which fixtures to make.
afterAll(async ({}, suite) => {
  const failed = hasFailed(suite);
  for (const [name, drop] of [...toDrop]) {
    if (failed) {
      // The worker's next file has it in hand too.
      toDrop.delete(name);
      await keepDatabase(name);
      console.log(`A test failed; its database is kept: ${name}`);
    } else await drop();
  }
  const left = await leaveShared(failed);
  if (left !== null) console.log(`A test failed; its database, which files before it used too, is kept: ${left}`);
});
