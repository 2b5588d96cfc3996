import type { Account, AccountRole, DocumentType, Item, PartyKind, TaxRate } from "#lib/simulator/core/books/records.ts";
import type { OwnSettings, TenantInfo } from "#lib/simulator/core/organisation.ts";

type Seed<One, Needed extends keyof One> = Pick<One, Needed> & Partial<One>;

/** What is there before anything was written. Whatever a row leaves out has its plain value; ids are given. */
type Chart = {
  accounts: readonly Seed<Account, "id" | "code" | "name" | "role">[];
  taxRates: readonly Seed<TaxRate, "id" | "name" | "percent" | "on">[];
  items?: readonly Seed<Item, "id" | "name">[];
};

/** What differs in the rules of one package's books; everything else is the same for all. */
export type BookPolicy<Own extends OwnSettings> = {
  chart(info: TenantInfo): Chart;
  /** `numbers`: 1, 2, 3… over all kinds of one organisation, above every number of the chart. */
  ids: "uuids" | "numbers";
  /** Parties whose names may not be the same: kinds in one list share one name space. */
  nameSpaces: readonly (readonly PartyKind[])[];
  /** Whether a number must be unique among documents of this type (`party`: of one party); settings of the company may say. */
  uniqueNumbers(type: DocumentType, settings: Own): "all" | "party" | "no";
  /** How tax that a line doesn't bring is reckoned: rounded for each line, or once for each rate of the document. */
  taxPer: "line" | "rate";
  /** Roles that a document's line may not name. */
  notOnLines: readonly AccountRole[];
  ownSettings: Own;
};
