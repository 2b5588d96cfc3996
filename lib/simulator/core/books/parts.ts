import type { BookPolicy } from "#lib/simulator/core/books/policy.ts";
import type { BookParts, Kept } from "#lib/simulator/core/books/records.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import type { OwnSettings, PartDefinitions, TenantInfo } from "#lib/simulator/core/organisation.ts";

const folded = (text: string | null) => (text === null || text === "" ? null : fold(text));

/** How each kind is found, and what the package's chart puts there before anything was written. */
export function partsOf<Own extends OwnSettings>(policy: BookPolicy<Own>): PartDefinitions<BookParts> {
  const seeded = (info: TenantInfo): Omit<Kept, "id"> => ({
    createdAt: info.createdAt,
    updatedAt: info.createdAt,
    version: 0,
    deleted: false,
    own: {},
  });
  return {
    accounts: {
      keys: { code: (one) => folded(one.code), name: (one) => fold(one.name) },
      seed: (info) =>
        policy.chart(info).accounts.map((one, position) => ({
          ...seeded(info),
          position,
          active: true,
          currency: one.role === "bank" || one.role === "card" ? info.currency : null,
          taxCode: null,
          ...one,
        })),
    },
    taxRates: {
      keys: {},
      seed: (info) => policy.chart(info).taxRates.map((one) => ({ ...seeded(info), active: true, ...one })),
    },
    parties: { keys: { name: (one) => fold(one.name), reference: (one) => folded(one.reference) } },
    items: {
      keys: { name: (one) => fold(one.name) },
      seed: (info) =>
        (policy.chart(info).items ?? []).map((one) => ({
          ...seeded(info),
          active: true,
          incomeAccountId: null,
          expenseAccountId: null,
          ...one,
        })),
    },
    documents: {
      keys: {
        number: (one) => folded(one.number),
        party: (one) => one.partyId,
        type: (one) => one.type,
      },
    },
    payments: { keys: { party: (one) => one.partyId, bankLine: (one) => one.bankLineId, deposit: (one) => one.depositId } },
    allocations: { keys: { from: (one) => one.fromId, document: (one) => one.documentId } },
    deposits: { keys: {} },
    bankLines: { keys: { account: (one) => one.accountId } },
    journals: { keys: { number: (one) => folded(one.number) } },
    attachments: { keys: { parent: (one) => one.parentId } },
  };
}
