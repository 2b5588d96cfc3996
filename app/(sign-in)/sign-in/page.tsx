import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { hasUsers } from "#db/queries/people/people.ts";
import { homeOf, safeNext } from "#lib/auth/home.ts";
import { SINGLE_SIGN_ON } from "#lib/auth/options.ts";
import { signedIn } from "#lib/auth/staff.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { env } from "#lib/env.ts";
import { database } from "#lib/web.ts";
import classes from "../sign-in.module.css";
import { SignInForm } from "./sign-in-form.tsx";

export const metadata: Metadata = { title: "Sign in" };

const LOOKING = jobPracticeScope({ userId: null, label: "Sign-in" });

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<{ next?: string | string[]; error?: string | string[] }>;
}) {
  const { next, error } = await searchParams;
  const staff = await signedIn();
  if (staff) redirect(safeNext(next) ?? (await homeOf(staff)));
  if (!(await database().inScope(LOOKING, (db) => hasUsers(db, LOOKING)))) redirect("/first-run");
  return (
    <>
      <h1 className={classes.title}>Sign in</h1>
      <p className={classes.lead}>To your practice's console.</p>
      <SignInForm
        next={safeNext(next) ?? "/"}
        singleSignOn={env().OIDC_ISSUER === undefined ? null : SINGLE_SIGN_ON}
        refusedByProvider={error !== undefined}
      />
    </>
  );
}
