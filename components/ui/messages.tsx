"use client";

import { Notifications } from "@mantine/notifications";
import { useEffect, useState } from "react";
import { type MessagePlace, messagePlace } from "./message-place.ts";

/** Where messages appear: never over what was pressed to get them. */
export function Messages() {
  const [place, setPlace] = useState<MessagePlace>("bottom-right");
  useEffect(() => {
    const onClick = (event: Event) => {
      const pressed = event.target instanceof Element ? event.target.closest("button,a,input,label,[role]") : null;
      // A press on a message is no press of what led to it.
      if (!pressed || pressed.closest(".mantine-Notifications-root")) return;
      setPlace(messagePlace(pressed.getBoundingClientRect(), { width: window.innerWidth, height: window.innerHeight }));
    };
    // A button pressed by the keyboard is clicked as well.
    document.addEventListener("click", onClick, true);
    return () => document.removeEventListener("click", onClick, true);
  }, []);
  return <Notifications position={place} />;
}
