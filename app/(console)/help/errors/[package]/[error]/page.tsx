import type { Metadata } from "next";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { requireStaff } from "#lib/auth/staff.ts";
import { isSyncErrorCode, SYNC_ERRORS } from "#lib/errors/catalogue.ts";
import { NO_NAME, named } from "#lib/errors/named.ts";
import { connectorOf } from "#lib/help/contents.ts";
import { CHECKLIST_TITLE } from "#lib/help/titles.ts";
import { ErrorText } from "../../../error-text.tsx";
import classes from "../../../help.module.css";
import { type OpenHelp, openHelp } from "../../../open-help.ts";
import { Back } from "../../../parts.tsx";

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
  // An address that names no package of ours is about that of the client.
  const connector = connectorOf(packageId) ?? opened.connector;
  const help: OpenHelp = { ...opened, connector, packageName: connector?.name ?? NO_NAME };
  const title = isSyncErrorCode(error) ? named(SYNC_ERRORS[error].title, help) : CHECKLIST_TITLE;
  return (
    <>
      <PageTitle title={title} actions={<Back client={help.client} />} />
      <Panel padded>
        <article className={classes.text}>
          <ErrorText code={error} help={help} />
        </article>
      </Panel>
    </>
  );
}
