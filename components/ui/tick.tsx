import { IconAlertTriangle, IconCircleCheckFilled, IconCircleDashed, IconClockPlay, IconMinus } from "@tabler/icons-react";
import { agreesWords } from "#lib/posting/standing.ts";
import classes from "./ui.module.css";

export type TickState = "confirmed" | "posted" | "drifted" | "skipped" | "unknown";

const LOOK = {
  confirmed: { icon: IconCircleCheckFilled, words: "Agrees" },
  posted: { icon: IconCircleDashed, words: "Sent" },
  drifted: { icon: IconAlertTriangle, words: "Differs" },
  skipped: { icon: IconMinus, words: "Not checked yet" },
  unknown: { icon: IconClockPlay, words: "Checking" },
} as const;

/** What the package was seen to hold: a shape and words of its own for each state. `words` may say more ("Differs by £0.01"). */
export function Tick({
  state,
  words,
  packageName,
}: {
  readonly state: TickState;
  readonly words?: string;
  /** Whose books a confirmed record agrees with. */
  readonly packageName?: string;
}) {
  const { icon: Icon, words: usual } = LOOK[state];
  return (
    <span className={`${classes.tick} ${classes[state]}`} data-tick={state}>
      <Icon size={17} stroke={1.8} aria-hidden />
      {words ?? (state === "confirmed" && packageName !== undefined ? agreesWords(packageName) : usual)}
    </span>
  );
}
