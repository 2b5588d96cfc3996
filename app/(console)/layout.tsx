import type { ReactNode } from "react";
import { requireStaff } from "#lib/auth/staff.ts";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  await requireStaff();
  return children;
}
