"use client";

import { Button, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type KeyboardEvent, useState } from "react";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Panel } from "#components/ui/page.tsx";
import { type Chapter, findHelp } from "#lib/help/find.ts";
import classes from "./help.module.css";

/** The list of help pages, narrowed by what is typed: an entry is found by its title, its text and the package's own words. */
export function HelpList({ chapters }: { readonly chapters: readonly Chapter[] }) {
  const router = useRouter();
  const [typed, setTyped] = useState("");
  const found = findHelp(chapters, typed);
  const count = found.reduce((total, { entries }) => total + entries.length, 0);
  const first = found[0]?.entries[0];
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") setTyped("");
    else if (event.key === "Enter" && typed.trim() !== "" && first) router.push(first.href);
  };
  return (
    <>
      <search>
        <TextInput
          className={classes.find}
          type="search"
          size="sm"
          aria-label="Search help"
          placeholder="An error, a screen or the package's own words"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={typed}
          maxLength={200}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <p className={classes.count} role="status">
          {typed.trim() === "" ? "" : `${count} ${count === 1 ? "page" : "pages"} found`}
        </p>
      </search>
      {typed.trim() === "" && (
        // biome-ignore lint/performance/noImgElement: a drawing of fixed size has nothing to be optimised.
        <img
          className={classes.drawing}
          src="/help/where-a-record-ends.svg"
          width={760}
          height={190}
          alt="A record waits in Pending Export, is sent and is read back. It then has its green tick, is being checked, or is in Error Feedback with the cause and who fixes it."
        />
      )}
      <div className={classes.stack}>
        {found.map(({ title, entries }) => (
          <Panel key={title} title={title}>
            <ul className={classes.list}>
              {entries.map(({ href, title: name, line }) => (
                <li key={href}>
                  <Link href={href} className={classes.entry} prefetch={false}>
                    <span className={classes.entryTitle}>{name}</span> <span className={classes.entryLine}>{line}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </Panel>
        ))}
        {found.length === 0 && (
          <Panel>
            <EmptyState
              title={`Nothing about \u201c${typed.trim().slice(0, 60)}\u201d`}
              body="Try one word of the error, or start with Why isn’t this syncing?, whose checks apply to every record."
              action={
                <Button variant="default" onClick={() => setTyped("")}>
                  Show all help
                </Button>
              }
            />
          </Panel>
        )}
      </div>
    </>
  );
}
