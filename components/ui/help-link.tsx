"use client";

import { VisuallyHidden } from "@mantine/core";
import { usePathname } from "next/navigation";
import { helpOf } from "#lib/help/routes.ts";
import classes from "./ui.module.css";

/** The way to the help of the screen that is open, by its address. In a tab of its own: what is being edited stays as it is. */
export function HelpLink() {
  const href = helpOf(usePathname() ?? "");
  if (href === null) return null;
  return (
    <OwnTab href={href} className={classes.help}>
      Help
    </OwnTab>
  );
}

/** A link that leaves the page as it is; its name says so. */
export function OwnTab({
  href,
  className,
  children,
}: {
  readonly href: string;
  readonly className: string | undefined;
  readonly children: string;
}) {
  return (
    <a href={href} target="_blank" rel="noopener" className={className}>
      {children}
      <VisuallyHidden component="span">(in a new tab)</VisuallyHidden>
    </a>
  );
}
