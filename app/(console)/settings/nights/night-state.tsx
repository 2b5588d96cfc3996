import { StatusDot } from "#components/ui/status-dot.tsx";
import type { Night } from "#db/queries/nights/nights.ts";

export function NightState({ night }: { readonly night: Night }) {
  if (night.endedAt === null) return <StatusDot kind="busy">Running</StatusDot>;
  return night.failed > 0 ? <StatusDot kind="warning">Ended, some failed</StatusDot> : <StatusDot kind="good">Ended</StatusDot>;
}
