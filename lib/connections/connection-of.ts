import { optionsOf } from "#lib/connectors/options.ts";
import type { Connection, ConnectionOptions, Connector } from "#lib/connectors/types.ts";

/** What a row of `connections` says of how it is called. */
export interface ConnectionRow {
  readonly id: string;
  readonly tenantId: string;
  readonly baseCurrency: string;
  /** Where this organisation's API answers; null: where the package's own does. */
  readonly apiUrl: string | null;
  readonly options: ConnectionOptions;
}

/**
 * A connection as its connector sees it.
 * @param defaultUrl where the package's API answers, unless the connection says otherwise
 */
export function connectionOf(connector: Pick<Connector, "options">, row: ConnectionRow, defaultUrl: string): Connection {
  return {
    id: row.id,
    tenantId: row.tenantId,
    apiUrl: row.apiUrl ?? defaultUrl,
    baseCurrency: row.baseCurrency,
    options: optionsOf(connector, row.options),
  };
}
