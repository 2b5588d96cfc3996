import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PlainTable } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import classes from "./alerts.module.css";

export interface DeliveryRow {
  readonly id: string;
  readonly targetId: string;
  readonly subject: string;
  readonly createdAt: Date;
  readonly tries: number;
  readonly nextTryAt: Date;
  readonly sentAt: Date | null;
  readonly failedAt: Date | null;
  readonly fault: string | null;
}

/** The latest messages and how each went; a failure says why. */
export function Deliveries({
  rows,
  names,
  label,
  nothing,
}: {
  readonly rows: readonly DeliveryRow[];
  /** Of webhooks, by id; none for a person's own. */
  readonly names?: Readonly<Record<string, string>>;
  readonly label: string;
  readonly nothing: string;
}) {
  if (rows.length === 0) return <EmptyState title={nothing} />;
  return (
    <PlainTable label={label}>
      <thead>
        <tr>
          <th scope="col">When (UTC)</th>
          {names && <th scope="col">Webhook</th>}
          <th scope="col">What</th>
          <th scope="col">Result</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <Moment at={row.createdAt} timeZone="UTC" />
            </td>
            {names && <td>{names[row.targetId]}</td>}
            <td>
              <span className={classes.cell}>{row.subject}</span>
            </td>
            <td>
              <div className={classes.cell}>
                <Outcome row={row} />
              </div>
            </td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}

function Outcome({ row }: { readonly row: DeliveryRow }) {
  if (row.sentAt) return <StatusDot kind="good">{row.tries > 1 ? `Sent on attempt ${row.tries}` : "Sent"}</StatusDot>;
  if (row.failedAt)
    return (
      <>
        <StatusDot kind="bad">Not sent</StatusDot>
        <span className={classes.fault}>{row.fault}</span>
      </>
    );
  if (row.fault === null) return <StatusDot kind="busy">Sending</StatusDot>;
  return (
    <>
      <StatusDot kind="warning">
        Retry at <Moment at={row.nextTryAt} timeZone="UTC" />
      </StatusDot>
      <span className={classes.fault}>{row.fault}</span>
    </>
  );
}
