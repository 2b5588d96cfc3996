"use client";

import { MultiSelect } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { z } from "zod";
import { fetchJson } from "#components/ui/fetch-json.ts";

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
  // A search that fails shows nobody; the one before stays in view until then.
  const { data: found = [], isError } = useQuery({
    queryKey: ["clients-to-choose", source, wanted],
    queryFn: async ({ signal }) =>
      answerSchema.parse(await fetchJson(`${source}?${new URLSearchParams({ q: wanted })}`, signal)).clients,
    placeholderData: keepPreviousData,
  });
  // What was ever found, so that a chosen client keeps its name when the search moves on.
  const names = useRef(new Map<string, string>(Object.entries(known)));
  for (const client of found) names.current.set(client.id, `${client.name} (${client.slug})`);

  const shown = [...new Set([...found.map(({ id }) => id), ...value])];
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
      nothingFoundMessage={isError ? "The clients could not be read. Try again." : "No such client"}
      maxDropdownHeight={220}
      error={error}
    />
  );
}
