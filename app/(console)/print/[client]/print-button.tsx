"use client";

import { Button } from "@mantine/core";
import { IconPrinter } from "@tabler/icons-react";

/** Opens the browser's own print dialog. */
export function PrintButton() {
  return (
    <Button leftSection={<IconPrinter size={16} stroke={1.8} aria-hidden />} onClick={() => window.print()}>
      Print
    </Button>
  );
}
