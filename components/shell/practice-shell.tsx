"use client";

import type { ReactNode } from "react";
import { practiceSections } from "./nav.ts";
import classes from "./shell.module.css";
import { Shell } from "./shell.tsx";
import type { ShellUser } from "./user-menu.tsx";

/** The frame of the pages that belong to no one client. */
export function PracticeShell({
  practice,
  user,
  children,
}: {
  readonly practice: string;
  readonly user: ShellUser;
  readonly children: ReactNode;
}) {
  return (
    <Shell sections={practiceSections(user)} user={user} bar={<span className={classes.client}>{practice}</span>}>
      {children}
    </Shell>
  );
}
