import "server-only";
import type { ScopedDb } from "#db/client.ts";
import { listGroups, listNominalCodes, listTaxCodes } from "#db/queries/mapping/codes.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { FormOptions } from "./form-fields.ts";

/** The client's codes and groups as the forms of products and groups offer them. */
export async function readFormOptions(db: ScopedDb, scope: ClientScope): Promise<FormOptions> {
  const named = ({ code, name }: { readonly code: string; readonly name: string }) => ({ value: code, label: `${code} ${name}` });
  return {
    nominal: (await listNominalCodes(db, scope)).map(named),
    tax: (await listTaxCodes(db, scope)).map(named),
    groups: (await listGroups(db, scope)).map(({ id, code, name }) => ({ value: id, label: `${code} ${name}` })),
  };
}
