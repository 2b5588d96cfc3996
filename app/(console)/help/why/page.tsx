import type { Metadata } from "next";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { requireStaff } from "#lib/auth/staff.ts";
import { CHECKLIST_TITLE } from "#lib/help/titles.ts";
import classes from "../help.module.css";
import { openHelp } from "../open-help.ts";
import { Back, ChecklistPage } from "../parts.tsx";

export const metadata: Metadata = { title: CHECKLIST_TITLE };

export default async function WhyPage({
  searchParams,
}: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  await requireStaff();
  const help = await openHelp(searchParams);
  return (
    <>
      <PageTitle title={CHECKLIST_TITLE} actions={<Back client={help.client} />} />
      <Panel padded>
        <article className={classes.text}>
          <ChecklistPage help={help} />
        </article>
      </Panel>
    </>
  );
}
