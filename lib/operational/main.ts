import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { assertPlainRole, openDatabase } from "#db/client.ts";
import { migrate } from "#db/migrate.ts";
import { findClientBySlug, listFaults } from "#db/queries/file-imports.ts";
import { audit } from "#lib/audit.ts";
import { countWords } from "#lib/common/count-words.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { env } from "#lib/env.ts";
import { EMBEDDED, startEmbedded } from "#lib/start/embedded.ts";
import { BUILT_IN_PROFILES } from "./built-in.ts";
import { commitImport, readFile } from "./file-import.ts";
import { OtherProfile } from "./fitting-profile.ts";
import { questionLines } from "./questions.ts";
import { faultLine, previewLines, resultSentence } from "./report.ts";
import { unknownCodeLines } from "./unknown-codes.ts";

const USAGE = `Usage: npm run import -- --client SLUG --profile NAME [--sheet NAME] [--answer ID=VALUE]... FILE
Profiles that ship with Greentick: ${BUILT_IN_PROFILES.map((profile) => profile.name).join(", ")}`;
const ACTOR = { userId: null, label: "Command line (npm run import)" };
const MAX_FAULTS = 10_000;

/** Says where the database is: one of our own, or the embedded server, found running or started for this command. */
async function openWeb(): Promise<{ url: string; stop: () => Promise<void> }> {
  const environment = env();
  if (environment.DATABASE_URL !== undefined) return { url: environment.DATABASE_URL, stop: async () => undefined };
  const server = await startEmbedded({ dataDir: environment.GREENTICK_DATA });
  try {
    if (!server.reused) await migrate({ ownerUrl: server.ownerUrl, webUser: EMBEDDED.web, workerUser: EMBEDDED.worker });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url: server.webUrl, stop: () => server.stop() };
}

interface Arguments {
  client: string;
  profile: string;
  sheet: string | null;
  answers: Record<string, string>;
  file: string;
}

async function run(args: Arguments): Promise<number> {
  const web = await openWeb();
  const database = openDatabase(web.url, { max: 2, applicationName: "greentick import" });
  try {
    await assertPlainRole(database);
    const practice = jobPracticeScope(ACTOR);
    const client = await database.inScope(practice, (db) => findClientBySlug(db, practice, args.client));
    if (!client) throw new Refusal(`There is no client "${args.client}".`);
    const scope = jobScope(client.id, ACTOR);
    const preview = await readFile(database, scope, {
      path: resolve(args.file),
      fileName: basename(args.file),
      profileName: args.profile,
      sheet: args.sheet,
      answers: args.answers,
    });
    console.log(`${client.name}: ${basename(args.file)}`);
    console.log(previewLines(preview.summary, client.locale).join("\n"));
    if (preview.state === "asks") {
      const questions = preview.summary.questions ?? [];
      const count = questions.length === 1 ? "One question is" : `${questions.length} questions are`;
      console.error(
        [
          ...questions.flatMap(questionLines),
          `${count} open: nothing was committed. Give the answers, or open the upload in the console.`,
        ].join("\n"),
      );
      return 1;
    }
    if (preview.state === "refused") {
      const faults = await database.inScope(scope, (db) => listFaults(db, scope, preview.importId, MAX_FAULTS));
      const lacking = unknownCodeLines(preview.summary, args.client);
      console.error(
        [...faults.map(faultLine), ...lacking, `${countWords(faults.length, "fault")}: nothing was committed.`].join("\n"),
      );
      return 1;
    }
    const { repeatOf } = preview.summary;
    if (repeatOf)
      console.log(`The same file was committed on ${repeatOf.committedAt} as ${repeatOf.fileName}, by ${repeatOf.by}.`);
    const result = await database.inScope(scope, async (db) => {
      const commit = await commitImport(db, scope, preview.importId);
      await audit(db, scope, { action: "file.commit", ...commit.note });
      return commit.result;
    });
    console.log(resultSentence(result));
    return 0;
  } finally {
    await database.close();
    await web.stop();
  }
}

function readArguments(): Arguments | null {
  try {
    const { values, positionals } = parseArgs({
      options: {
        client: { type: "string" },
        profile: { type: "string" },
        sheet: { type: "string" },
        answer: { type: "string", multiple: true },
      },
      allowPositionals: true,
    });
    const [file] = positionals;
    if (values.client === undefined || values.profile === undefined || file === undefined || positionals.length > 1) return null;
    const answers: Record<string, string> = {};
    for (const answer of values.answer ?? []) {
      // What a question is about may hold "=", such as a supplier's reference; a value never does.
      const at = answer.lastIndexOf("=");
      if (at < 1 || at === answer.length - 1) return null;
      answers[answer.slice(0, at)] = answer.slice(at + 1);
    }
    return { client: values.client, profile: values.profile, sheet: values.sheet ?? null, answers, file };
  } catch {
    return null;
  }
}

const args = readArguments();
if (args === null) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await run(args);
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const told = error instanceof Error && (error.name === "Refusal" || error.name === "EnvError");
    const instead = error instanceof OtherProfile ? ` Give --profile ${error.profile.name}.` : "";
    console.error(missing ? `There is no file ${args.file}.` : told ? `${error.message}${instead}` : error);
    process.exitCode = 1;
  }
}
