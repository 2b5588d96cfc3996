import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Kbd } from "#components/ui/kbd.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { requireStaff } from "#lib/auth/staff.ts";
import { named } from "#lib/errors/named.ts";
import { isOwnScreen, isScreenId } from "#lib/help/routes.ts";
import { type Part, SCREENS, type ScreenHelp } from "#lib/help/screens.ts";
import classes from "../../help.module.css";
import { type OpenHelp, openHelp } from "../../open-help.ts";
import { Back, Places, Topic } from "../../parts.tsx";

interface Props {
  readonly params: Promise<{ screen: string }>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { screen } = await params;
  return { title: isScreenId(screen) ? `Help: ${SCREENS[screen].title}` : "Help" };
}

/** What one screen is for, what stands on it, and the usual way through. */
export default async function ScreenHelpPage({ params, searchParams }: Props) {
  await requireStaff();
  const { screen } = await params;
  if (!isScreenId(screen)) notFound();
  const help = await openHelp(searchParams);
  if (!help.works && !isOwnScreen(screen)) notFound();
  const { title, what, parts, statuses, steps, keys, places }: ScreenHelp = SCREENS[screen];
  return (
    <>
      <PageTitle title={title} aside="Help" actions={<Back client={help.client} />} />
      <Panel padded>
        <article className={classes.text}>
          <Topic title="What it is for">
            <p>{named(what, help)}</p>
          </Topic>
          {parts.length > 0 && (
            <Topic title="What is on it">
              <Terms of={parts} help={help} />
            </Topic>
          )}
          {statuses.length > 0 && (
            <Topic title="What the statuses mean">
              <Terms of={statuses} help={help} />
            </Topic>
          )}
          <Topic title="The usual steps">
            <ol>
              {steps.map((step) => (
                <li key={step}>{named(step, help)}</li>
              ))}
            </ol>
          </Topic>
          <Topic title="Keys">
            <dl>
              {keys.map(({ keys: pressed, does }) => (
                <div key={does} className={classes.pair}>
                  <dt>
                    {pressed.map((one) => (
                      <Kbd key={one}>{one}</Kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </Topic>
          {places.length > 0 && (
            <Topic title="Related pages">
              <Places ids={places} help={help} />
            </Topic>
          )}
        </article>
      </Panel>
    </>
  );
}

function Terms({ of, help }: { readonly of: readonly Part[]; readonly help: OpenHelp }) {
  return (
    <dl>
      {of.map(({ name, text }) => (
        <div key={name} className={classes.pair}>
          <dt>{named(name, help)}</dt>
          <dd>{named(text, help)}</dd>
        </div>
      ))}
    </dl>
  );
}
