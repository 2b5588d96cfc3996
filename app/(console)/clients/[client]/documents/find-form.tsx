import { Button, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { LinkButton } from "#components/ui/link-button.tsx";
import classes from "./records.module.css";

/** The search of a list of records: a plain form, so that a found page has an address of its own. */
export function FindForm({ action, q, label, placeholder }: { action: string; q: string; label: string; placeholder: string }) {
  return (
    <search>
      <form action={action} className={classes.search}>
        <TextInput
          name="q"
          type="search"
          size="xs"
          defaultValue={q}
          placeholder={placeholder}
          aria-label={label}
          leftSection={<IconSearch size={15} aria-hidden />}
        />
        <Button type="submit" variant="default" size="xs">
          Find
        </Button>
      </form>
    </search>
  );
}

/** Leads to the first and the next page of a list that is read by key. */
export function Pages({
  base,
  q,
  first,
  next,
  label,
}: {
  base: string;
  q: string;
  /** Whether this page is the first one. */
  first: boolean;
  /** The key of this page's last row, as search parameters; null on the last page. */
  next: Readonly<Record<string, string>> | null;
  label: string;
}) {
  if (first && next === null) return null;
  const search: Readonly<Record<string, string>> = q === "" ? {} : { q };
  const address = (parameters: Readonly<Record<string, string>>) =>
    Object.keys(parameters).length === 0 ? base : `${base}?${new URLSearchParams(parameters)}`;
  return (
    <nav className={classes.pages} aria-label={label}>
      {!first && (
        <LinkButton href={address(search)} variant="default">
          First page
        </LinkButton>
      )}
      {next !== null && (
        <LinkButton href={address({ ...search, ...next })} variant="default">
          Next page
        </LinkButton>
      )}
    </nav>
  );
}
