import { Panel } from "#components/ui/page.tsx";
import { countWords } from "#lib/common/count-words.ts";
import classes from "../runs.module.css";
import { BringExport, FileActions } from "./file-actions.tsx";
import { fileWords, programWords, type Waits } from "./waits.ts";

/** What a run waits for, where its package is not called: a person with a file, or the program that comes by. */
export function PackageWait({
  waits,
  client,
  mayAct,
}: {
  readonly waits: Waits;
  readonly client: { readonly slug: string; readonly locale: string; readonly timeZone: string };
  readonly mayAct: boolean;
}) {
  const { files, program } = waits;
  const time = (at: Date) =>
    new Intl.DateTimeFormat(client.locale, { dateStyle: "medium", timeStyle: "short", timeZone: client.timeZone }).format(at);
  const words = program && programWords(program, program.seenAt ? time(program.seenAt) : "");
  if (files.length === 0 && !words) return null;
  return (
    <Panel padded title="Waiting">
      {words && <p>{words}</p>}
      {files.map((file) => (
        <div key={file.id} className={classes.stack}>
          <p>
            {fileWords(file)} <span className={classes.dim}>{countWords(file.open, "record", client.locale)} open</span>
          </p>
          {file.handedAt && file.state === "handed" && (
            <span className={classes.dim}>
              First downloaded {time(file.handedAt)}. A second copy is the same file: import it once.
            </span>
          )}
          {mayAct && <FileActions clientId={client.slug} fileId={file.id} number={file.number} state={file.state} />}
        </div>
      ))}
      {mayAct && files.length > 0 && <BringExport clientId={client.slug} />}
    </Panel>
  );
}
