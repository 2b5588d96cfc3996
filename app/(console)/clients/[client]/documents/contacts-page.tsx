import Link from "next/link";
import { notFound } from "next/navigation";
import { z } from "zod";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { listContacts } from "#db/queries/contacts.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import { FindForm, Pages } from "./find-form.tsx";
import classes from "./records.module.css";

const PAGE = 50;
const search = z.object({
  q: z.string().max(200).catch(""),
  afterName: z.string().max(300).optional().catch(undefined),
  afterId: z.uuid().optional().catch(undefined),
});

export interface ListProps {
  readonly params: Promise<{ client: string }>;
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}

const WORDS = {
  customer: { path: "customers", title: "Customers", empty: "Customers come in with the invoices of a file." },
  supplier: { path: "suppliers", title: "Suppliers", empty: "Suppliers come in with the bills of a file." },
} as const;

/** The list of customers or of suppliers: one contact may stand in both. */
export async function ContactsPage({ side, params, searchParams }: ListProps & { readonly side: "customer" | "supplier" }) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "view");
  if (!access) notFound();
  const { scope, client } = access;
  const { q, afterName, afterId } = search.parse(await searchParams);
  const after = afterName !== undefined && afterId !== undefined ? { name: afterName, id: afterId } : null;
  const found = await database().inScope(scope, (db) => listContacts(db, scope, { role: side, search: q, after, limit: PAGE }));
  const rows = found.slice(0, PAGE);
  const last = found.length > PAGE ? rows.at(-1) : undefined;
  const { path, title, empty } = WORDS[side];
  const base = `/clients/${client.slug}/${path}`;

  return (
    <>
      <PageTitle title={title} />
      <Panel
        title={`${title} by name`}
        actions={<FindForm action={base} q={q} label="Find by name, number or e-mail" placeholder="Name or number" />}
      >
        {rows.length === 0 ? (
          <EmptyState
            title={q === "" ? `No ${path} yet` : `Nobody matches “${q}”`}
            body={q === "" ? empty : "The search looks at name, number and e-mail."}
            action={
              q === "" ? undefined : (
                <LinkButton href={base} variant="default">
                  Show all
                </LinkButton>
              )
            }
          />
        ) : (
          <PlainTable label={title}>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Number</th>
                <th scope="col">E-mail</th>
                <th scope="col">Country</th>
                <th scope="col">Terms</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <th scope="row" className={classes.name}>
                    <Link href={`${base}/${row.id}`} prefetch={false}>
                      {row.name}
                    </Link>
                    {row.excluded && <span className={classes.dim}> · excluded</span>}
                  </th>
                  <td>{row.reference}</td>
                  <td>{row.email}</td>
                  <td>{row.country}</td>
                  <td>{row.terms === "cash" ? "Cash" : "Account"}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
      <Pages
        base={base}
        q={q}
        first={after === null}
        next={last === undefined ? null : { afterName: last.name, afterId: last.id }}
        label={`Pages of ${path}`}
      />
    </>
  );
}
