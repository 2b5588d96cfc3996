import { DateText } from "#components/ui/date-text.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { dateIn } from "#lib/common/dates.ts";

/** Whether a user may sign in, and if not yet, what is missing. */
export function EntryState({
  disabledAt,
  hasPassword,
  linkEndsAt,
  linkIsOver,
}: {
  readonly disabledAt: Date | null;
  readonly hasPassword: boolean;
  readonly linkEndsAt: Date | null;
  readonly linkIsOver: boolean;
}) {
  if (disabledAt !== null) return <StatusDot kind="idle">Disabled</StatusDot>;
  if (hasPassword) return <StatusDot kind="good">Can sign in</StatusDot>;
  if (linkEndsAt === null) return <StatusDot kind="idle">No password, no open link</StatusDot>;
  if (linkIsOver) return <StatusDot kind="warning">Invitation expired</StatusDot>;
  return (
    <StatusDot kind="busy">
      <span>
        Invited, until <DateText date={dateIn("UTC", linkEndsAt)} />
      </span>
    </StatusDot>
  );
}
