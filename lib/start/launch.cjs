// Plain CommonJS, so that any Node can read it far enough to say what is wrong. Everything it starts is TypeScript, run by Node itself.
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const NEEDED = [22, 18];
const COMMANDS = {
  start: "lib/start/start.ts",
  dev: "lib/start/dev.ts",
  web: "lib/start/web.ts",
  worker: "lib/jobs/main.ts",
  simulator: "lib/simulator/main.ts",
  migrate: "lib/start/migrate.ts",
  import: "lib/operational/main.ts",
  demo: "lib/demo/again.ts",
  bench: "lib/bench/main.ts",
  campaign: "lib/campaign/main.ts",
  test: "lib/start/test.ts",
};

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  console.error(
    [
      `Greentick needs Node ${NEEDED.join(".")} or later to run, and this is ${process.versions.node} (${process.execPath}).`,
      "`npm ci` installs a newer one for this folder alone, as the optional package `node`, and npm's scripts then use it:",
      "  - start Greentick through npm (`npm start`), not through `node` itself;",
      "  - if it was through npm, that package is missing: run `npm ci` again, without --omit=optional or --ignore-scripts;",
      `  - or install Node ${NEEDED[0]} or later from https://nodejs.org.`,
    ].join("\n"),
  );
  process.exit(1);
}

const name = process.argv[2];
const file = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (file === undefined) {
  console.error(`Usage: npm run COMMAND, where COMMAND is one of: ${Object.keys(COMMANDS).join(", ")}.`);
  process.exit(2);
}

// The command sees its own arguments only, as if Node had been given its file.
process.argv.splice(1, 2, join(__dirname, "..", "..", file));
import(pathToFileURL(process.argv[1]).href).catch((error) => {
  // These two are written for the reader; anything else is a bug, whose trace we want.
  console.error(error instanceof Error && ["EnvError", "Refusal"].includes(error.name) ? error.message : error);
  process.exit(1);
});
