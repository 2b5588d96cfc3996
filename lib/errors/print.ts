import { ERROR_CLASSES, type ErrorEntry, FIXERS, SYNC_ERRORS, type SyncErrorCode } from "./catalogue.ts";
import { ERROR_HELP } from "./help.ts";

const WHERE: Readonly<Record<ErrorEntry["where"], string>> = {
  here: "here",
  package: "in the accounting package",
  source: "in the operational system",
};
const RETRIES: Readonly<Record<ErrorEntry["retry"], string>> = {
  "after-fix": "when the cause is gone",
  automatic: "automatically",
  probe: "only after it is looked up",
  never: "not automatically",
};

/** `docs/errors.md`, printed from the catalogue: a test fails when the file and the catalogue differ. */
export function printCatalogue(): string {
  const entries = Object.entries(SYNC_ERRORS) as [SyncErrorCode, ErrorEntry][];
  const sections = ERROR_CLASSES.map((name) => {
    const own = entries.filter(([code]) => code.startsWith(`${name}.`));
    const cards = own.map(
      ([code, entry]) =>
        `### ${entry.title}\n\n\`${code}\` · ${FIXERS[entry.fixer]}, ${WHERE[entry.where]} · sent again ${RETRIES[entry.retry]}\n\n${entry.why}\n\nFor the books: ${ERROR_HELP[code].books}\n\n${entry.steps
          .map((step, index) => `${index + 1}. ${step}`)
          .join("\n")}\n`,
    );
    return `## ${name[0]?.toUpperCase()}${name.slice(1)}\n\n${cards.join("\n")}`;
  });
  return `# Errors\n\nPrinted from \`lib/errors/catalogue.ts\` (\`npx vitest run lib/errors -u\` prints it anew); a test holds the two together.\n\n${sections.join("\n")}`;
}
