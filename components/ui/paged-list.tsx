import { Button, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { LinkButton } from "./link-button.tsx";
import classes from "./ui.module.css";

type Asked = Readonly<Record<string, string>>;
const at = (path: string, asked: Asked) => (Object.keys(asked).length === 0 ? path : `${path}?${new URLSearchParams(asked)}`);

/** Words to look for in a list that the server pages; whatever else narrows it stands beside them. */
export function FindForm({
  action,
  q,
  label,
  placeholder,
  children,
}: {
  readonly action: string;
  /** What is looked for now. */
  readonly q: string;
  readonly label: string;
  readonly placeholder: string;
  readonly children?: ReactNode;
}) {
  return (
    <search>
      <form action={action} className={classes.find} key={q}>
        <TextInput
          name="q"
          type="search"
          size="xs"
          defaultValue={q}
          placeholder={placeholder}
          aria-label={label}
          leftSection={<IconSearch size={15} aria-hidden />}
        />
        {children}
        <Button type="submit" variant="default">
          Find
        </Button>
      </form>
    </search>
  );
}

/** The way from page to page of such a list; nothing where all of it stands on one. */
export function Pages({
  label,
  path,
  asked,
  isFirst,
  next,
}: {
  readonly label: string;
  readonly path: string;
  /** What the list is narrowed by. */
  readonly asked: Asked;
  readonly isFirst: boolean;
  /** Where the next page begins; null on the last one. */
  readonly next: Asked | null;
}) {
  if (isFirst && next === null) return null;
  return (
    <nav className={classes.pages} aria-label={label}>
      {!isFirst && (
        <LinkButton href={at(path, asked)} variant="default">
          First page
        </LinkButton>
      )}
      {next !== null && (
        <LinkButton href={at(path, { ...asked, ...next })} variant="default">
          Next page
        </LinkButton>
      )}
    </nav>
  );
}
