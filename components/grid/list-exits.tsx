"use client";

import { ActionIcon, Menu } from "@mantine/core";
import { IconFileTypeCsv, IconFileTypeXls, IconPrinter, IconShare3 } from "@tabler/icons-react";
import { MOST_FILE_ROWS } from "#lib/common/limits.ts";
import type { ColumnChoice } from "./columns.ts";
import { formatCount } from "./words.ts";

const ICON = { size: 16, stroke: 1.8, "aria-hidden": true } as const;

/** The ways in which the rows that match leave the screen: as a file with the columns that are shown, or on paper. */
export function ListExits({
  slug,
  list,
  query,
  choice,
  count,
  locale,
}: {
  readonly slug: string;
  readonly list: string;
  /** Filter and order, as the list's address has them. */
  readonly query: string;
  readonly choice: ColumnChoice;
  readonly count: number;
  readonly locale: string;
}) {
  const columns = choice === null ? "" : `&cols=${encodeURIComponent(choice.join(","))}`;
  const file = (format: "csv" | "xlsx") => `/api/clients/${slug}/lists/${list}/file?format=${format}&${query}${columns}`;
  const tooMany = count > MOST_FILE_ROWS;
  const about = `${formatCount(count, locale)} ${count === 1 ? "row" : "rows"}`;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="default" size={30} aria-label="Download or print" title="Download or print">
          <IconShare3 size={17} stroke={1.8} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {tooMany ? `A file holds ${formatCount(MOST_FILE_ROWS, locale)} rows: narrow the list` : `All that match: ${about}`}
        </Menu.Label>
        <Menu.Item component="a" href={file("csv")} download disabled={tooMany} leftSection={<IconFileTypeCsv {...ICON} />}>
          Download CSV
        </Menu.Item>
        <Menu.Item component="a" href={file("xlsx")} download disabled={tooMany} leftSection={<IconFileTypeXls {...ICON} />}>
          Download XLSX
        </Menu.Item>
        <Menu.Item
          component="a"
          href={`/print/${slug}/${list}?${query}${columns}`}
          target="_blank"
          leftSection={<IconPrinter {...ICON} />}
        >
          Print
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
