"use client";

import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { type ReactNode, useState } from "react";
import { Messages } from "./messages.tsx";
import { theme } from "./theme.ts";

/** Mantine with our theme; its style elements carry the page's nonce, or the content policy would refuse them. */
export function Providers({ nonce: given, children }: { readonly nonce: string; readonly children: ReactNode }) {
  // The policy is the one that the document came with; a later refresh brings another nonce, which it would refuse.
  const [nonce] = useState(given);
  if (typeof window !== "undefined") {
    // Where the scroll lock of dialogs and menus looks for it.
    Object.assign(window, { __webpack_nonce__: nonce });
  }
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <ModalsProvider>
        <Messages />
        {children}
      </ModalsProvider>
    </MantineProvider>
  );
}
