import { redirect } from "next/navigation";
import { can } from "#lib/auth/permissions.ts";
import { requireStaff } from "#lib/auth/staff.ts";

export default async function SettingsPage() {
  const staff = await requireStaff();
  redirect(can(staff.role, "users") ? "/settings/users" : "/settings/sessions");
}
