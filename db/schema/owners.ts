import { uuid } from "drizzle-orm/pg-core";
import { clients, connections } from "./clients.ts";

interface OnEnd {
  readonly onDelete?: "cascade";
}

/** The client that a row belongs to; the table carries `clientPolicy()`. */
export const client = (onEnd: OnEnd = {}) =>
  uuid("client_id")
    .notNull()
    .references(() => clients.id, onEnd);

/** The connection that a row belongs to. */
export const connection = (onEnd: OnEnd = {}) =>
  uuid("connection_id")
    .notNull()
    .references(() => connections.id, onEnd);
