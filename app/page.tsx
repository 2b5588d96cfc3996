import { redirect } from "next/navigation";
import { homeOf } from "#lib/auth/home.ts";
import { requireStaff } from "#lib/auth/staff.ts";

export default async function Home() {
  redirect(await homeOf(await requireStaff()));
}
