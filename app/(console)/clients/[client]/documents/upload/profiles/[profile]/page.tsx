import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Notice } from "#components/ui/notice.tsx";
import { PageTitle } from "#components/ui/page.tsx";
import { can, whoMay } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { getProfile, listProfiles } from "#lib/operational/profiles.ts";
import { database } from "#lib/web.ts";
import { ProfileEditor } from "./profile-editor.tsx";

export const metadata: Metadata = { title: "Edit a profile" };

/** Edits one of the client's own profiles, or a copy of a shipped one under a name of its own. */
export default async function ProfilePage({ params }: { params: Promise<{ client: string; profile: string }> }) {
  const staff = await requireStaff();
  const { client: slug, profile: name } = await params;
  const access = await scopeFor(staff, slug, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const found = await database()
    .inScope(scope, async (db) => ({ profile: await getProfile(db, scope, name), all: await listProfiles(db, scope) }))
    .catch((error) => {
      if (error instanceof Refusal) return null;
      throw error;
    });
  if (!found) notFound();
  const { profile, all } = found;
  const shipped = all.some((one) => one.name === name && one.shipped);
  let copy = `${name}-copy`.slice(0, 49);
  for (let number = 2; all.some((one) => one.name === copy); number += 1) copy = `${name.slice(0, 40)}-copy-${number}`;
  const start = shipped ? { ...profile, name: copy, title: `${profile.title}, copy` } : profile;
  return (
    <>
      <PageTitle title={shipped ? "Copy a profile" : "Edit a profile"} aside={profile.title} />
      {can(staff.role, "export") ? (
        <ProfileEditor clientSlug={client.slug} locale={client.locale} start={start} isNew={shipped} />
      ) : (
        <Notice kind="info">Your role may not edit profiles. Ask {whoMay("export")}.</Notice>
      )}
    </>
  );
}
