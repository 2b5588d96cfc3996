"use client";

import { MultiSelect } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { z } from "zod";

const answerSchema = z.object({ clients: z.array(z.object({ id: z.string(), slug: z.string(), name: z.string() })) });

/** Chooses clients of the practice by a search that the server does: there may be many thousands. */
export function ClientPicker({
  label,
  description,
  value,
  onChange,
  error,
  source = "/api/practice/clients",
  known = {},
}: {
  readonly label: string;
  readonly description?: string;
  readonly value: readonly string[];
  readonly onChange: (ids: string[]) => void;
  readonly error?: string | undefined;
  /** What is searched: every client of the practice, or the person's own. */
  readonly source?: "/api/practice/clients" | "/api/practice/own-clients";
  /** Names of clients that were chosen before. */
  readonly known?: Readonly<Record<string, string>>;
}) {
  const [search, setSearch] = useState("");
  const [wanted] = useDebouncedValue(search, 200);
  const [found, setFound] = useState<{ ids: readonly string[]; failed: boolean }>({ ids: [], failed: false });
  // What was ever found, so that a chosen client keeps its name when the search moves on.
  const names = useRef(new Map<string, string>(Object.entries(known)));

  useEffect(() => {
    const leave = new AbortController();
    fetch(`${source}?${new URLSearchParams({ q: wanted })}`, { signal: leave.signal })
      .then((answer) => answer.json())
      .then((json) => {
        const { clients } = answerSchema.parse(json);
        for (const client of clients) names.current.set(client.id, `${client.name} (${client.slug})`);
        setFound({ ids: clients.map(({ id }) => id), failed: false });
      })
      .catch(() => {
        if (!leave.signal.aborted) setFound({ ids: [], failed: true });
      });
    return () => leave.abort();
  }, [wanted, source]);

  const shown = [...new Set([...found.ids, ...value])];
  return (
    <MultiSelect
      label={label}
      description={description}
      placeholder={value.length === 0 ? "Search by name" : undefined}
      data={shown.map((id) => ({ value: id, label: names.current.get(id) ?? id }))}
      value={[...value]}
      onChange={onChange}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      // The server has searched already.
      filter={({ options }) => options}
      hidePickedOptions
      nothingFoundMessage={found.failed ? "The clients could not be read. Try again." : "No such client"}
      maxDropdownHeight={220}
      error={error}
    />
  );
}
