import { type SQL, sql } from "drizzle-orm";

/** What is known of what the package holds of a record: its link, and how its document was last seen. Plain data. */
export interface ThereNow {
  readonly externalId: string;
  /** Null where no read showed the document apart from its tick. */
  readonly status: "draft" | "open" | "paid" | "void" | null;
  /** The package's own word for a status that is none that we know. */
  readonly said: string | null;
  /** Minor units of its currency, as text. */
  readonly grossMinor: string | null;
  readonly dueMinor: string | null;
  readonly paidMinor: string | null;
  readonly currency: string | null;
  /** The day of the last payment on it there, where a read of the whole document named one. */
  readonly lastPaidOn: string | null;
  /** ISO, UTC: when the read began that showed it so. */
  readonly readAt: string | null;
}

/** What the package holds of the record of one row of `postings`; null where it is linked to nothing there. */
export const thereOf = (postings: SQL): SQL<ThereNow | null> => sql<ThereNow | null>`(
  select jsonb_build_object('externalId', r.external_id, 'status', k.status, 'said', k.status_said, 'grossMinor', k.gross_minor::text,
    'dueMinor', k.due_minor::text, 'paidMinor', k.paid_minor::text, 'currency', k.currency, 'lastPaidOn', k.last_paid_on::text,
    'readAt', to_char(k.read_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
  from external_refs r left join package_documents k on r.family = 'document' and k.connection_id = r.connection_id and k.external_id = r.external_id
  where r.connection_id = ${postings}.connection_id and r.record_id = ${postings}.record_id limit 1)`;
