import type { ClientScope, ScopedDb } from "#db/client.ts";
import { listPackageAccounts, listPackageTaxRates } from "#db/queries/mapping/mapping.ts";
import { saveMappings } from "#lib/mapping/save.ts";

/**
 * Maps a campaign's codes in a package whose chart it does not know: sales to the first account of income, purchases to the first of
 * costs, each tax code to the first rate of a fifth that its side takes.
 */
export async function mapByKind(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<void> {
  const accounts = (await listPackageAccounts(db, scope, connectionId)).filter((one) => one.active && !one.isSystem);
  const rates = (await listPackageTaxRates(db, scope, connectionId)).filter((one) => one.active && Number(one.rate) === 20);
  const accountOf = (of: "revenue" | "expense") => {
    const found = accounts.find((one) => one.class === of && !one.isBank);
    if (!found) throw new Error(`The package lists no account of ${of}`);
    return found.externalId;
  };
  const bank = accounts.find((one) => one.isBank && one.takesPayments);
  if (!bank) throw new Error("The package lists no bank account");
  const rateOf = (of: "revenue" | "expense", other: "revenue" | "expense") => {
    const fit = rates.filter((one) => one.appliesTo.includes(of));
    // One of this side alone first: it is what a bookkeeper would choose.
    const found = fit.find((one) => !one.appliesTo.includes(other)) ?? fit[0];
    if (!found) throw new Error(`The package lists no rate of a fifth for ${of}`);
    return found.externalId;
  };
  await saveMappings(db, scope, "nominal", [
    { sourceCode: "4000", targetExternalId: accountOf("revenue") },
    { sourceCode: "5000", targetExternalId: accountOf("expense") },
  ]);
  await saveMappings(db, scope, "bank", [{ sourceCode: "1200", targetExternalId: bank.externalId }]);
  await saveMappings(db, scope, "tax", [
    { sourceCode: "STD20", targetExternalId: rateOf("revenue", "expense") },
    { sourceCode: "BUY20", targetExternalId: rateOf("expense", "revenue") },
  ]);
}
