"use client";

import { type KeyboardEvent, useState } from "react";
import classes from "./words-input.module.css";

/**
 * A field of several short texts: Enter takes what was typed, Backspace in the empty field the last one away. For tables of such fields,
 * where a list of suggestions and a library's button for each text would make the page slow.
 */
export function WordsInput({
  label,
  value,
  list,
  placeholder,
  onChange,
}: {
  readonly label: string;
  readonly value: readonly string[];
  /** Id of a `datalist` with what is offered. */
  readonly list: string;
  readonly placeholder?: string | undefined;
  readonly onChange: (value: readonly string[]) => void;
}) {
  const [typed, setTyped] = useState("");
  const take = () => {
    const word = typed.trim();
    setTyped("");
    if (word !== "" && !value.some((one) => one.toLowerCase() === word.toLowerCase())) onChange([...value, word]);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      take();
    } else if (event.key === "Backspace" && typed === "" && value.length > 0) onChange(value.slice(0, -1));
  };
  return (
    <div className={classes.words}>
      {value.map((word) => (
        <span key={word} className={classes.word}>
          {word}
          {/* By keyboard Backspace does it. */}
          <button type="button" tabIndex={-1} aria-hidden onClick={() => onChange(value.filter((one) => one !== word))} />
        </span>
      ))}
      <input
        type="text"
        aria-label={label}
        list={list}
        value={typed}
        placeholder={placeholder}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={press}
        onBlur={take}
      />
    </div>
  );
}
