import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./ui.module.css";

const LOOK = {
  bad: { icon: IconCircleX, tint: classes.noticeBad, role: "alert" },
  warning: { icon: IconAlertTriangle, tint: classes.noticeWarning, role: "status" },
  info: { icon: IconInfoCircle, tint: classes.noticeInfo, role: "status" },
  good: { icon: IconCircleCheck, tint: classes.noticeGood, role: "status" },
} as const;

/** Words beside a form or on top of a panel: what happened and what to do next. */
export function Notice({ kind, children }: { readonly kind: keyof typeof LOOK; readonly children: ReactNode }) {
  const { icon: Icon, tint, role } = LOOK[kind];
  return (
    <div className={`${classes.notice} ${tint}`} role={role}>
      <Icon size={17} stroke={1.8} aria-hidden />
      <div>{children}</div>
    </div>
  );
}
