"use client";

import { ActionIcon, TextInput, type TextInputProps } from "@mantine/core";
import { IconCalendar } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { isPlainDate } from "#lib/common/dates.ts";
import { dayInFigures, dayPattern, readDay } from "./day-words.ts";
import classes from "./ui.module.css";

type Passed = Omit<TextInputProps, "type" | "value" | "defaultValue" | "onChange" | "name" | "rightSection">;

/**
 * A date in the order of the reader's own country, where the browser's own box goes by the browser's language. Typed, or chosen from the
 * browser's calendar. What comes out is `YYYY-MM-DD`, the empty string, or words that are no date, which whoever saves them refuses.
 */
export function DayInput({
  locale,
  name,
  value: given,
  defaultValue = "",
  onChange,
  disabled,
  ...passed
}: Passed & {
  /** BCP 47. */
  readonly locale: string;
  /** In a form: the field that carries the date. */
  readonly name?: string;
  readonly value?: string;
  readonly defaultValue?: string;
  readonly onChange?: (day: string) => void;
}) {
  const [text, setText] = useState(() => dayInFigures(given ?? defaultValue, locale));
  const [left, setLeft] = useState(true);
  const calendar = useRef<HTMLInputElement>(null);
  const day = text.trim() === "" ? "" : (readDay(text, locale) ?? text.trim());
  // Set from outside: undone, or read anew.
  const known = useRef(given);
  useEffect(() => {
    if (given === undefined || given === known.current) return;
    known.current = given;
    setText((before) => ((readDay(before, locale) ?? before.trim()) === given ? before : dayInFigures(given, locale)));
  }, [given, locale]);
  const put = (next: string) => {
    setText(next);
    const read = next.trim() === "" ? "" : (readDay(next, locale) ?? next.trim());
    known.current = read;
    onChange?.(read);
  };
  const wrong = left && day !== "" && !isPlainDate(day);
  return (
    <>
      <TextInput
        {...passed}
        value={text}
        disabled={disabled}
        placeholder={dayPattern(locale)}
        inputMode="numeric"
        autoComplete="off"
        maxLength={20}
        error={wrong ? `Write it as ${dayInFigures("2026-11-21", locale)}` : undefined}
        onChange={(event) => {
          setLeft(false);
          put(event.currentTarget.value);
        }}
        onBlur={() => {
          setLeft(true);
          setText((before) => dayInFigures(readDay(before, locale) ?? before.trim(), locale));
        }}
        rightSection={
          <span className={classes.calendar}>
            <ActionIcon
              variant="subtle"
              size="sm"
              aria-label="Choose a date"
              disabled={disabled === true}
              onClick={() => calendar.current?.showPicker()}
            >
              <IconCalendar size={15} stroke={1.8} aria-hidden />
            </ActionIcon>
            <input
              ref={calendar}
              type="date"
              tabIndex={-1}
              aria-hidden
              value={isPlainDate(day) ? day : ""}
              onChange={(event) => put(dayInFigures(event.currentTarget.value, locale))}
            />
          </span>
        }
      />
      {name !== undefined && <input type="hidden" name={name} value={day} />}
    </>
  );
}
