import Link from "next/link";
import classes from "./export.module.css";

/** Said once, when a run ends that somebody watched. */
export function RunEnded({ number, id, base }: { readonly number: number; readonly id: string; readonly base: string }) {
  return (
    <>
      Run {number} has ended.{" "}
      <Link href={`${base}/runs/${id}`} className={classes.cardLink}>
        See the result
      </Link>
    </>
  );
}

/** Why Upload data is disabled, and the way to mend it. */
export function NotReady({
  blockers,
  base,
  connected,
}: {
  readonly blockers: readonly string[];
  readonly base: string;
  readonly connected: boolean;
}) {
  return (
    <div className={classes.notReady} role="status">
      <strong>Upload data is not ready yet.</strong>
      <ul>
        {blockers.map((blocker) => (
          <li key={blocker}>{blocker}</li>
        ))}
      </ul>
      <Link href={connected ? `${base}/mapping` : `${base}/setup`} className={classes.fix}>
        {connected ? "Open mapping" : "Open setup"}
      </Link>
    </div>
  );
}
