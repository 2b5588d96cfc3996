import type { Metadata } from "next";
import Link from "next/link";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { requireStaff } from "#lib/auth/staff.ts";
import { isSyncErrorCode, SYNC_ERRORS, type SyncErrorCode } from "#lib/errors/catalogue.ts";
import { FIXER_HELP, RETRY_HELP } from "#lib/errors/help.ts";
import { NO_NAME, named } from "#lib/errors/named.ts";
import { CHECKLIST_TITLE, connectorOf, errorHelp, sayingsOf } from "#lib/help/contents.ts";
import { helpHref } from "#lib/help/routes.ts";
import { fixerWords } from "../../../../clients/[client]/export/words.ts";
import classes from "../../../help.module.css";
import { type OpenHelp, openHelp } from "../../../open-help.ts";
import { Back, ChecklistPage, Places, Topic } from "../../../parts.tsx";

interface Props {
  readonly params: Promise<{ package: string; error: string }>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { package: packageId, error } = await params;
  const packageName = connectorOf(packageId)?.name ?? NO_NAME;
  return { title: isSyncErrorCode(error) ? named(SYNC_ERRORS[error].title, { packageName }) : CHECKLIST_TITLE };
}

/** The help of one error and package. A code that the catalogue lacks is served by the checklist. */
export default async function ErrorHelpPage({ params, searchParams }: Props) {
  await requireStaff();
  const { package: packageId, error } = await params;
  const opened = await openHelp(searchParams);
  const connector = connectorOf(packageId);
  const help: OpenHelp = { client: opened.client, connector, packageName: connector?.name ?? NO_NAME };
  const title = isSyncErrorCode(error) ? named(SYNC_ERRORS[error].title, help) : CHECKLIST_TITLE;
  return (
    <>
      <PageTitle title={title} actions={<Back client={help.client} />} />
      <Panel padded>
        <article className={classes.text}>
          {isSyncErrorCode(error) ? (
            <ErrorText code={error} help={help} />
          ) : (
            <>
              <p>There is no page for the code {error.slice(0, 100)} alone. These checks serve every record and every error.</p>
              <ChecklistPage help={help} />
            </>
          )}
        </article>
      </Panel>
    </>
  );
}

function ErrorText({ code, help }: { readonly code: SyncErrorCode; readonly help: OpenHelp }) {
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
        <Places ids={places} client={help.client} />
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
      <Topic title="Is it tried again by itself?">
        <p>{RETRY_HELP[retry]}</p>
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
          The checks there serve every record and every error.
        </p>
        <p className={classes.dim}>For support, this error is called {code}.</p>
      </Topic>
    </>
  );
}
