import Link from "next/link";
import type { ReactNode } from "react";
import { LinkButton } from "#components/ui/link-button.tsx";
import { CHECK_STEPS } from "#db/queries/checks/checks.ts";
import { named } from "#lib/errors/named.ts";
import { CHECKLIST } from "#lib/help/checklist.ts";
import { isOwnPlace, PLACES, type PlaceId, placeHref } from "#lib/help/places.ts";
import { helpHref } from "#lib/help/routes.ts";
import classes from "./help.module.css";
import type { OpenHelp } from "./open-help.ts";

/** One heading of a help page with what stands under it. */
export function Topic({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Links into the product's own screens, of the client that was open. */
export function Places({ ids: all, help }: { readonly ids: readonly PlaceId[]; readonly help: OpenHelp }) {
  const { client, works } = help;
  const ids = works ? all : all.filter(isOwnPlace);
  if (ids.length === 0) return null;
  const choose = client === null && ids.some((id) => PLACES[id].of === "client");
  return (
    <p className={classes.links} data-screen-only>
      {ids.map((id) => (
        <Link key={id} href={placeHref(id, client?.slug ?? null)} prefetch={false}>
          Open {PLACES[id].label}
        </Link>
      ))}
      {choose && <span className={classes.dim}>You choose the client first.</span>}
    </p>
  );
}

/** The ways back: the list, and the client that help was opened from. */
export function Back({ client }: { readonly client: OpenHelp["client"] }) {
  return (
    <span className={classes.links} data-screen-only>
      {client !== null && (
        <LinkButton href={`/clients/${client.slug}`} variant="default">
          Back to {client.name}
        </LinkButton>
      )}
      <LinkButton href={helpHref("", client?.slug ?? null)} variant="default">
        All help
      </LinkButton>
    </span>
  );
}

/** The checks that serve every record and every error (M72), in the order in which the product asks them. */
function Checklist({ help }: { readonly help: OpenHelp }) {
  return (
    <ol>
      {CHECK_STEPS.map((step) => {
        const { title, look, places } = CHECKLIST[step];
        return (
          <li key={step}>
            <strong>{title}.</strong> {named(look, help)}
            <Places ids={places} help={help} />
          </li>
        );
      })}
    </ol>
  );
}

/** How the checklist is used, the same on its own page and where a code has no page. */
export function ChecklistPage({ help }: { readonly help: OpenHelp }) {
  return (
    <>
      <Topic title="Let Greentick check">
        <p>
          Open the record and unfold Why isn&rsquo;t this syncing?, or type why and its number into the search (Ctrl K). The
          checks run in this order. The first that fails is the answer; its link opens the place to correct it.
        </p>
      </Topic>
      <Topic title="Check by hand">
        <Checklist help={help} />
      </Topic>
      <Topic title="If all of this is in order">
        <p>
          {named(
            "Look at the record's timeline: its last entry shows the package's exact answer and the number of the call. Send both to the people who run this console.",
            help,
          )}
        </p>
      </Topic>
    </>
  );
}
