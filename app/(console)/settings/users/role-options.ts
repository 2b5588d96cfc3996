import type { Role } from "#db/schema/people.ts";
import { ROLE_LABELS } from "#lib/auth/permissions.ts";

export const isRole = (value: string): value is Role => Object.hasOwn(ROLE_LABELS, value);

export const ROLE_OPTIONS = Object.entries(ROLE_LABELS).map(([value, label]) => ({ value, label }));
