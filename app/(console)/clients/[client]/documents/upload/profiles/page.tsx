import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { can } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { FILE_KIND_LABELS } from "#lib/operational/fields.ts";
import { listProfiles } from "#lib/operational/profiles.ts";
import { database } from "#lib/web.ts";
import classes from "../../records.module.css";
import upload from "../upload.module.css";

export const metadata: Metadata = { title: "Upload profiles" };

/** Every profile that a file of this client can be read with: the client's own to edit, the shipped ones to copy. */
export default async function ProfilesPage({ params }: { params: Promise<{ client: string }> }) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const mayEdit = can(staff.role, "export");
  const base = `/clients/${client.slug}/documents/upload`;
  const profiles = await database().inScope(scope, (db) => listProfiles(db, scope));
  return (
    <div className={classes.stack}>
      <PageTitle
        title="Upload profiles"
        aside="how each kind of file is read"
        actions={
          <LinkButton href={base} variant="default">
            Upload a file
          </LinkButton>
        }
      />
      <Panel>
        <PlainTable label="List of profiles">
          <thead>
            <tr>
              <th scope="col">Profile</th>
              <th scope="col">Type of record</th>
              <th scope="col">Columns</th>
              <th scope="col">Whose</th>
              {mayEdit && <th scope="col">Edit</th>}
            </tr>
          </thead>
          <tbody>
            {profiles.map((profile) => (
              <tr key={profile.name}>
                <th scope="row" className={classes.name}>
                  {profile.title}
                </th>
                <td>{FILE_KIND_LABELS[profile.kind]}</td>
                <td className={upload.told}>{profile.description}</td>
                <td>{profile.shipped ? "Built in" : client.name}</td>
                {mayEdit && (
                  <td>
                    <Link href={`${base}/profiles/${profile.name}`} prefetch={false}>
                      {profile.shipped ? "Copy" : "Edit"}
                      <span className={upload.hidden}> {profile.title}</span>
                    </Link>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </Panel>
    </div>
  );
}
