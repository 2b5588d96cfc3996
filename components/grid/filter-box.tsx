"use client";

import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFilter } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { MOST_WORDS } from "#lib/common/limits.ts";
import classes from "./grid.module.css";

const TYPING_MS = 250;

/** The words that narrow a grid; they take effect when the typing rests. */
export function FilterBox({
  label,
  placeholder = "Filter these rows",
  value,
  onChange,
}: {
  readonly label: string;
  readonly placeholder?: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  // Somebody else may change the address: a view that is chosen, the browser's way back.
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);
  const later = useDebouncedCallback((next: string) => {
    sent.current = next;
    onChange(next);
  }, TYPING_MS);
  return (
    <TextInput
      size="xs"
      className={classes.filter}
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconFilter size={15} stroke={1.8} aria-hidden />}
      value={text}
      maxLength={MOST_WORDS}
      onChange={(event) => {
        setText(event.currentTarget.value);
        later(event.currentTarget.value);
      }}
    />
  );
}
