"use client";

import { Button, type ButtonProps } from "@mantine/core";
import Link from "next/link";
import type { ReactNode } from "react";

/** A link that looks like a button; a server component may draw it. */
export function LinkButton({
  href,
  children,
  ...look
}: Pick<ButtonProps, "variant" | "size" | "color" | "leftSection" | "fullWidth"> & {
  readonly href: string;
  readonly children: ReactNode;
}) {
  return (
    <Button component={Link} href={href} prefetch={false} {...look}>
      {children}
    </Button>
  );
}
