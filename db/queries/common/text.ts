import { type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { byBytes } from "#db/schema/columns.ts";

/** The most characters of a search that reach the database: nobody types more, and a longer one costs. */
const MOST = 200;

/** A LIKE pattern that finds the text anywhere, its own wildcards taken as plain characters. */
export function containing(text: string): string {
  return `%${text
    .trim()
    .slice(0, MOST)
    .replaceAll(/[\\%_]/g, (mark) => `\\${mark}`)}%`;
}

/** Rows whose folded column begins with the text: one range of its index, and no pattern at all. */
export function beginsWith(column: PgColumn, text: string): SQL {
  const start = text.trim().slice(0, MOST).toLowerCase();
  return sql`(${byBytes(column)} >= ${start} and ${byBytes(column)} < ${`${start}\u{10FFFF}`})`;
}
