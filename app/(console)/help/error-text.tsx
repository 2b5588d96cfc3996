import Link from "next/link";
import { isSyncErrorCode, SYNC_ERRORS, type SyncErrorCode } from "#lib/errors/catalogue.ts";
import { FIXER_HELP, RETRY_HELP } from "#lib/errors/help.ts";
import { named } from "#lib/errors/named.ts";
import { errorHelp, sayingsOf } from "#lib/help/contents.ts";
import { helpHref } from "#lib/help/routes.ts";
import { CHECKLIST_TITLE } from "#lib/help/titles.ts";
import { fixerWords } from "../clients/[client]/export/words.ts";
import classes from "./help.module.css";
import type { OpenHelp } from "./open-help.ts";
import { ChecklistPage, Places, Topic } from "./parts.tsx";

/** The help of one error. A code that the catalogue lacks is served by the checklist (M72): no code leads to an empty page. */
export function ErrorText({ code, help }: { readonly code: string; readonly help: OpenHelp }) {
  if (isSyncErrorCode(code)) return <KnownError code={code} help={help} />;
  return (
    <>
      <p>There is no page for the code {code.slice(0, 100)} itself. These checks apply to every record and every error.</p>
      <ChecklistPage help={help} />
    </>
  );
}

function KnownError({ code, help }: { readonly code: SyncErrorCode; readonly help: OpenHelp }) {
  const { why, steps, fixer, retry } = SYNC_ERRORS[code];
  const { books, places } = errorHelp(code);
  const { connector, packageName } = help;
  const there = connector?.guide.there[code] ?? [];
  const says = sayingsOf(code, connector);
  return (
    <>
      <Topic title="What happened">
        <p>{named(why, help)}</p>
      </Topic>
      <Topic title="What it means for the books">
        <p>{named(books, help)}</p>
      </Topic>
      <Topic title="Who fixes it">
        <p>
          <span className={classes.badge}>{fixerWords(code, help)}.</span> {FIXER_HELP[fixer]}
        </p>
      </Topic>
      <Topic title="How">
        <ol>
          {steps.map((step) => (
            <li key={step}>{named(step, help)}</li>
          ))}
        </ol>
        <Places ids={places} help={help} />
      </Topic>
      {there.length > 0 && (
        <Topic title={`In ${packageName}`}>
          <ul>
            {there.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </Topic>
      )}
      <Topic title="Is it retried automatically?">
        <p>{named(RETRY_HELP[retry], help)}</p>
      </Topic>
      {says.length > 0 && (
        <Topic title={`How ${packageName} says it`}>
          {says.map((words) => (
            <blockquote key={words}>{words}</blockquote>
          ))}
        </Topic>
      )}
      <Topic title="Still stuck?">
        <p>
          <Link href={helpHref("/why", help.client?.slug ?? null)} className={classes.link} prefetch={false}>
            {CHECKLIST_TITLE}
          </Link>{" "}
          Those checks apply to every record and every error.
        </p>
        <p className={classes.dim}>For support, this error is called {code}.</p>
      </Topic>
    </>
  );
}
