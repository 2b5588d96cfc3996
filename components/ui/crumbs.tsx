"use client";

import { useHotkeys } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { Kbd } from "./kbd.tsx";
import { type ListTrail, readTrail, stepsAt, wayBack } from "./list-trail.ts";
import classes from "./ui.module.css";
import { leaveTo } from "./unsaved.tsx";

/** Where a record or a run belongs: "Documents › INV-1001", and, for who came from that list, the way to the one before and after. */
export function Crumbs({
  list,
  here,
}: {
  readonly list: { readonly label: string; readonly href: string };
  readonly here: string;
}) {
  const path = usePathname();
  const router = useRouter();
  // The browser alone knows the list; the first drawing is the server's.
  const [trail, setTrail] = useState<ListTrail | null>(null);
  useEffect(() => setTrail(readTrail()), []);
  const steps = stepsAt(trail, path);
  const go = (to: string | null | undefined) => {
    // A dialogue that is open has the keys.
    if (to && document.querySelector('[role="dialog"]') === null) leaveTo(() => router.push(to));
  };
  useHotkeys([
    ["k", () => go(steps?.previous)],
    ["j", () => go(steps?.next)],
  ]);
  return (
    <div className={classes.crumbs}>
      <nav aria-label="Breadcrumb">
        <Link href={wayBack(trail, list.href)} prefetch={false}>
          {list.label}
        </Link>
        <span aria-hidden> › </span>
        <span aria-current="page">{here}</span>
      </nav>
      {steps && steps.count > 1 && (
        <nav aria-label="Within the list" className={classes.steps}>
          {steps.previous !== null ? (
            <Link href={steps.previous} prefetch={false} aria-keyshortcuts="k">
              <IconChevronLeft size={15} stroke={2} aria-hidden /> Previous{" "}
              <span aria-hidden>
                <Kbd>K</Kbd>
              </span>
            </Link>
          ) : (
            <span className={classes.stepOff}>
              <IconChevronLeft size={15} stroke={2} aria-hidden /> Previous
            </span>
          )}
          <span>
            {steps.place} of {steps.count}
          </span>
          {steps.next !== null ? (
            <Link href={steps.next} prefetch={false} aria-keyshortcuts="j">
              Next{" "}
              <span aria-hidden>
                <Kbd>J</Kbd>
              </span>{" "}
              <IconChevronRight size={15} stroke={2} aria-hidden />
            </Link>
          ) : (
            <span className={classes.stepOff}>
              Next <IconChevronRight size={15} stroke={2} aria-hidden />
            </span>
          )}
        </nav>
      )}
    </div>
  );
}
