import { IconCircleCheckFilled } from "@tabler/icons-react";
import type { Metadata } from "next";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { requireStaff } from "#lib/auth/staff.ts";
import { capabilityMatrix } from "#lib/help/matrix.ts";
import { PACKAGES_TITLE } from "#lib/help/titles.ts";
import classes from "../help.module.css";
import { openHelp } from "../open-help.ts";
import { Back } from "../parts.tsx";

export const metadata: Metadata = { title: PACKAGES_TITLE };

/** The capability matrix: what works with each package, and why the rest does not. */
export default async function PackagesPage({
  searchParams,
}: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  await requireStaff();
  const { client } = await openHelp(searchParams);
  const { packages, groups, missing } = capabilityMatrix();
  return (
    <>
      <PageTitle title={PACKAGES_TITLE} actions={<Back client={client} />} />
      <div className={`${classes.stack} ${classes.matrix}`}>
        {groups.map(({ title, rows }) => (
          <Panel key={title} title={title}>
            <PlainTable label={`${title}, by package`}>
              <thead>
                <tr>
                  <th scope="col">What</th>
                  {packages.map(({ id, name }) => (
                    <th key={id} scope="col">
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map(({ key, label, what, cells }) => (
                  <tr key={key}>
                    <th scope="row">
                      {label}
                      {what !== null && <span className={classes.dim}>. {what}</span>}
                    </th>
                    {cells.map(({ packageId, works, why }) => (
                      <td key={packageId}>
                        {works ? (
                          <span className={classes.yes}>
                            <IconCircleCheckFilled size={16} aria-hidden /> Yes
                          </span>
                        ) : (
                          <span className={classes.no}>
                            <strong>No.</strong> {why}
                          </span>
                        )}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </PlainTable>
          </Panel>
        ))}
        {missing.length > 0 && (
          <p className={classes.dim}>Not in this version: {new Intl.ListFormat("en-GB").format(missing)}.</p>
        )}
      </div>
    </>
  );
}
