import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { hasUsers } from "#db/queries/people.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { database } from "#lib/web.ts";
import classes from "../sign-in.module.css";
import { FirstRunForm } from "./first-run-form.tsx";

export const metadata: Metadata = { title: "First run" };

const LOOKING = jobPracticeScope({ userId: null, label: "First run" });

export default async function FirstRunPage() {
  if (await database().inScope(LOOKING, (db) => hasUsers(db, LOOKING))) redirect("/sign-in");
  return (
    <>
      <h1 className={classes.title}>Set up this console</h1>
      <p className={classes.lead}>Name the practice and create its first administrator, who can then add everyone else.</p>
      <FirstRunForm />
    </>
  );
}
