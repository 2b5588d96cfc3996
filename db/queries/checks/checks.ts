import { type SQL, sql } from "drizzle-orm";
import { decimalSql, rateWordsSql } from "#db/queries/common/tax-sql.ts";
import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import type { MappingKind } from "#lib/mapping/resolve.ts";
import { FAULT_CODES } from "#lib/model/fault-codes.ts";
import type { FactName } from "./check-facts.ts";

/** The order in which a record is diagnosed (M72): each step is asked once all before it are in order. `ours` are the rules of this console. */
export const CHECK_STEPS = ["module", "entity", "customer", "product", "supplier", "tax", "account", "ours"] as const;
export type CheckStep = (typeof CHECK_STEPS)[number];

/**
 * One thing that keeps a record from going. Pre-check, the engine's own holding, "Why isn't this syncing?" and Error Feedback read this
 * list and no other. SQL here names `t` (the row that is judged), `d` (its document), `cn` (the connection) and the facts that it `needs`.
 */
export interface Check {
  /** Stable, in kebab case; each once. */
  readonly key: string;
  readonly step: CheckStep;
  /** `ready`: nothing after it is asked, and the record may go. */
  readonly level: "blocked" | "warning" | "ready";
  readonly code: SyncErrorCode | null | { readonly oneOf: readonly SyncErrorCode[]; readonly sql: SQL };
  /** The facts that its condition and detail read: see `FACTS`. */
  readonly needs: readonly FactName[];
  readonly when: SQL;
  /** A `SyncErrorDetail` as jsonb; null for none. */
  readonly detail: SQL | null;
}

const isDocument = sql`t.is_document`;
const isVoid = sql`(t.is_document and d.status = 'void')`;
const ofSales = sql`t.kind in ('sales-invoice', 'sales-credit-note')`;
/** The last day of the locked days that the row's date lies in: a lock covers its own day. */
const lockDate = sql`t.locked_to`;
const isLocked = sql`t.locked_to is not null`;
/** A re-date was agreed to for another day than the first open one: `decideLock` says the same before a document goes. */
const isAgreedOtherwise = sql`coalesce((t.lock_choice ->> 'to')::date <> ${lockDate} + 1, false)`;
/** The choice for the row, else the client's policy for its kind. */
const policy = sql`case when ${isAgreedOtherwise} then 'hold'
  else coalesce(t.lock_choice ->> 'what', cn.settings -> 'lockPolicy' ->> t.kind, 'hold') end`;
const lockedDetail = sql`jsonb_build_object('field', 'date', 'value', t.issued_on::text, 'lockDate', ${lockDate}::text)`;

/** The field of a line that a fault of this alias stands at. */
const lineField = (alias: string, field: "nominalCode" | "taxCode"): SQL =>
  sql.raw(`'lines[' || (${alias}.position - 1) || '].${field}'`);

/** The catalogue's code of a mapping's fault, which stands in this column. */
const codeOfFault = (kind: MappingKind, fault: string) => {
  const { none, ...faults } = FAULT_CODES[kind];
  const branches = Object.entries(faults).map(([of, code]) => `when '${of}' then '${code}'`);
  return {
    oneOf: [...new Set([...Object.values(faults), none])],
    sql: sql.raw(`case ${fault} ${branches.join(" ")} else '${none}' end`),
  };
};

const bankFault = sql`(pay.id is not null and (not pay.is_mapped or pay.fault is not null))`;
const paidDocument = sql`jsonb_build_object('field', 'document', 'value', pay.number, 'subject', pay.called)`;
const allocatedDocument = sql`jsonb_build_object('field', 'document', 'value', alo.number, 'subject', alo.called)`;
const legDetail = sql`jsonb_build_object('field', ${lineField("bl", "nominalCode")}, 'value', bl.nominal_code,
  'subject', 'line ' || bl.position || coalesce(', "' || bl.name || '"', '') ||
    case when bl.kind in ('stock', 'cost-of-sale', 'control') then ''
      when not bl.is_mapped then ', not mapped'
      else ', mapped to ' || coalesce(bl.target_name, 'a code absent in the package') end)`;

/** Something there may be it: until a person has said so, or not, the record itself and each document that names it wait. */
const perhapsThere = (key: string, step: CheckStep, fact: FactName, alias: string, of: SQL, detail: SQL): Check => ({
  key: `${key}-perhaps-there`,
  step,
  level: "blocked",
  code: "mapping.perhaps-there",
  needs: [fact],
  when: sql`${of} and ${sql.raw(alias)}.perhaps <> ''`,
  detail: sql`${detail} || jsonb_build_object('recordId', ${sql.raw(alias)}.record_id, 'theirs', ${sql.raw(alias)}.perhaps)`,
});

/** Nothing there is like it, and the connection creates nothing unasked: the same wait for somebody's "Create". */
const newThere = (key: string, step: CheckStep, fact: FactName, alias: string, of: SQL, detail: SQL): Check => ({
  key: `${key}-new-there`,
  step,
  level: "blocked",
  code: "mapping.new-there",
  needs: [fact],
  when: sql`${of} and ${sql.raw(alias)}.perhaps = ''`,
  detail: sql`${detail} || jsonb_build_object('recordId', ${sql.raw(alias)}.record_id)`,
});

/** What waits for an answer on Matches. */
const waitsForAnswer = (...of: Parameters<typeof perhapsThere>): readonly Check[] => [perhapsThere(...of), newThere(...of)];

/** What a cleared link, or one in another organisation, stops: the record itself, and each document that names it. */
const notLinked = (key: string, step: CheckStep, fact: FactName, alias: string, of: SQL, detail: SQL): readonly Check[] => [
  {
    key: `${key}-link-cleared`,
    step,
    level: "blocked",
    code: "mapping.link-cleared",
    needs: [fact],
    when: sql`${of} and ${sql.raw(alias)}.choice = 'cleared'`,
    detail: sql`${detail} || jsonb_build_object('organisation', cn.tenant_name, 'recordId', ${sql.raw(alias)}.record_id)`,
  },
  {
    key: `${key}-linked-elsewhere`,
    step,
    level: "blocked",
    code: "mapping.linked-elsewhere",
    needs: [fact],
    when: sql`${of} and ${sql.raw(alias)}.elsewhere is not null and ${sql.raw(alias)}.choice is null`,
    detail: sql`${detail} || jsonb_build_object('organisation', cn.tenant_name, 'recordId', ${sql.raw(alias)}.record_id,
      'elsewhere', ${sql.raw(alias)}.elsewhere)`,
  },
];

const contactDetail = sql`jsonb_build_object('field', 'contact', 'value', cs.reference, 'subject', cs.word || ' ' || cs.name)`;

/** A text or number of the record's own that the package would refuse: too long, missing, or of characters that it does not take. */
const ownField = (key: string, fact: FactName, alias: string): Check => ({
  key,
  step: "ours",
  level: "blocked",
  code: { oneOf: ["source.required-field", "source.too-long", "source.bad-format"], sql: sql.raw(`${alias}.code`) },
  needs: [fact],
  when: sql.raw(`${alias}.id is not null`),
  detail: sql.raw(`${alias}.detail`),
});

/**
 * Every check, in the order of diagnosis: the first that holds is the answer. A new one is a row here, with what it reads in `FACTS`;
 * nothing else has to know it.
 */
export const CHECKS: readonly Check[] = [
  {
    key: "entity-off",
    step: "entity",
    level: "blocked",
    code: "rule.entity-off",
    needs: [],
    when: sql`not t.kind = any (cn.entities_on)`,
    detail: sql`'{}'::jsonb`,
  },
  ...waitsForAnswer(
    "own",
    "ours",
    "own-link",
    "ol",
    sql`ol.id is not null`,
    sql`jsonb_build_object('field', t.family, 'value', t.reference, 'subject', ol.word || t.called)`,
  ),
  {
    key: "changed-since-exported",
    step: "ours",
    level: "blocked",
    code: "rule.changed-since-exported",
    needs: ["linked"],
    when: sql`k.id is not null and not t.may_change`,
    detail: null,
  },
  ...notLinked(
    "own",
    "ours",
    "own-link",
    "ol",
    sql`ol.id is not null`,
    sql`jsonb_build_object('field', t.family, 'value', t.reference, 'subject', ol.word || t.called)`,
  ),
  // Ending what is there needs no customer, product or mapping; what never went is never made.
  {
    key: "void-never-sent",
    step: "ours",
    level: "blocked",
    code: "source.document-void",
    needs: ["linked"],
    when: sql`${isVoid} and k.id is null`,
    detail: sql`jsonb_build_object('value', d.number)`,
  },
  {
    key: "void-period-locked",
    step: "ours",
    level: "blocked",
    code: "package.period-locked",
    needs: [],
    when: sql`${isVoid} and ${isLocked}`,
    detail: lockedDetail,
  },
  { key: "void-goes", step: "ours", level: "ready", code: null, needs: [], when: isVoid, detail: null },
  ...waitsForAnswer("customer", "customer", "contact", "cs", sql`cs.id is not null and ${ofSales}`, contactDetail),
  ...notLinked("customer", "customer", "contact", "cs", sql`cs.id is not null and not cs.linked and ${ofSales}`, contactDetail),
  {
    key: "customer-not-there",
    step: "customer",
    level: "blocked",
    code: "source.dependency-missing",
    needs: ["contact"],
    when: sql`cs.id is not null and not cs.linked and cs.stuck and ${ofSales}`,
    detail: contactDetail,
  },
  ...waitsForAnswer(
    "product",
    "product",
    "product",
    "ps",
    sql`ps.id is not null`,
    sql`jsonb_build_object('field', 'product', 'value', ps.reference, 'subject', 'Product ' || ps.reference)`,
  ),
  ...notLinked(
    "product",
    "product",
    "product",
    "ps",
    sql`ps.id is not null`,
    sql`jsonb_build_object('field', 'product', 'value', ps.reference, 'subject', 'Product ' || ps.reference)`,
  ),
  {
    key: "product-not-there",
    step: "product",
    level: "blocked",
    code: "source.dependency-missing",
    needs: ["product"],
    when: sql`ps.stuck`,
    detail: sql`jsonb_build_object('field', 'product', 'value', ps.reference, 'subject', 'Product ' || ps.reference)`,
  },
  ...waitsForAnswer("supplier", "supplier", "contact", "cs", sql`cs.id is not null`, contactDetail),
  ...notLinked("supplier", "supplier", "contact", "cs", sql`cs.id is not null and not cs.linked`, contactDetail),
  {
    key: "supplier-not-there",
    step: "supplier",
    level: "blocked",
    code: "source.dependency-missing",
    needs: ["contact"],
    when: sql`cs.id is not null and not cs.linked and cs.stuck`,
    detail: contactDetail,
  },
  {
    key: "tax-not-set",
    step: "tax",
    level: "blocked",
    code: codeOfFault("tax", "tf.fault"),
    needs: ["tax"],
    when: sql`tf.id is not null`,
    // The side is named where the code may stand on both: it is mapped for each.
    detail: sql`jsonb_strip_nulls(jsonb_build_object('field', ${lineField("tf", "taxCode")}, 'value', tf.code,
      'side', case when tf.of_both then tf.side end, 'subject', 'line ' || tf.position || case when tf.fault is null then ''
        else ', mapped to ' || coalesce(tf.target_name, 'a rate that the package no longer has') end ||
      case tf.fault when 'charges-otherwise' then ': ours charges ' || ${rateWordsSql(sql`tf.charged`)} || ' on the document, theirs '
          || ${rateWordsSql(sql`tf.rate`)}
        when 'accounts-otherwise' then ': the one has the buyer account for VAT, the other does not'
        when 'recovers-otherwise' then ': that rate reclaims another part of its VAT than our code'
        when 'wrong-side' then case tf.side when 'sales' then ': that rate is for purchases' else ': that rate is for sales' end
        else '' end))`,
  },
  {
    // M70, FA7: the amount carried and what its code charges disagree by more than rounding. Never sent, neither the one nor the other.
    key: "tax-disagrees",
    step: "tax",
    level: "blocked",
    code: "source.tax-disagrees",
    needs: ["charge"],
    when: sql`ch.id is not null`,
    detail: sql`jsonb_build_object('field', ${lineField("ch", "taxCode")}, 'value', ch.code,
      'subject', 'tax code ' || ch.code || ': ' || ${decimalSql(sql`ch.tax`, sql`t.currency`)} || ' carried, '
        || ${decimalSql(sql`round(ch.expected)`, sql`t.currency`)} || ' charged at ' || trim_scale(ch.charged)::text || '% on '
        || ${decimalSql(sql`ch.net`, sql`t.currency`)} || ' ' || t.currency)`,
  },
  {
    key: "only-stock-nominal",
    step: "account",
    level: "blocked",
    code: "rule.stock-nominal-not-used",
    needs: ["stock"],
    when: sql`sf.id is not null`,
    detail: sql`jsonb_build_object('field', ${lineField("sf", "nominalCode")}, 'value', sf.code,
      'subject', 'line ' || sf.position || ', "' || sf.name || '"')`,
  },
  {
    key: "account-not-set",
    step: "account",
    level: "blocked",
    code: codeOfFault("nominal", "nf.fault"),
    needs: ["nominal"],
    when: sql`nf.id is not null`,
    detail: sql`jsonb_build_object('field', ${lineField("nf", "nominalCode")}, 'value', nf.code,
      'subject', 'line ' || nf.position || coalesce(', "' || nf.name || '"', '') || case when nf.fault is null then ', not mapped'
        when nf.fault = 'absent' then ', mapped to a code absent in the package' else ', mapped to ' || coalesce(nf.target_name, '?') end)`,
  },
  {
    key: "tax-not-allowed-on-account",
    step: "account",
    level: "blocked",
    code: "mapping.tax-not-allowed-on-account",
    needs: ["pair"],
    when: sql`pf.id is not null`,
    detail: sql`jsonb_build_object('field', ${lineField("pf", "taxCode")}, 'value', pf.nominal_code,
      'subject', 'line ' || pf.position || ': tax code ' || pf.tax_code || ' (' || pf.target_name || ') with account '
        || coalesce(pf.target_code, '?'))`,
  },
  {
    key: "totals-do-not-add",
    step: "ours",
    level: "blocked",
    code: "source.totals-do-not-add",
    needs: ["sums"],
    when: sql`${isDocument} and (s.id is null or s.net <> d.net_minor or s.tax <> d.tax_minor or d.net_minor + d.tax_minor <> d.gross_minor)`,
    detail: sql`jsonb_build_object('field', 'total')`,
  },
  {
    key: "total-below-zero",
    step: "ours",
    level: "blocked",
    code: "source.bad-format",
    needs: [],
    when: sql`${isDocument} and d.gross_minor < 0`,
    detail: sql`jsonb_build_object('field', 'total', 'subject', 'A total below zero: enter it as a credit note')`,
  },
  ownField("contact-field", "contact-text", "xc"),
  ownField("product-field", "product-text", "xp"),
  ownField("number-field", "number-text", "xd"),
  ownField("line-field", "line-text", "xl"),
  {
    key: "same-number-here",
    step: "ours",
    level: "blocked",
    code: "source.already-in-package",
    needs: ["duplicate"],
    when: sql`dn.id is not null`,
    detail: sql`jsonb_strip_nulls(jsonb_build_object('field', 'number', 'value', dn.number, 'subject', dn.reference,
      'externalId', dn.external_id))`,
  },
  {
    key: "same-number-there",
    step: "ours",
    level: "blocked",
    code: "source.perhaps-in-package",
    needs: ["asked"],
    when: sql`aq.id is not null`,
    detail: sql`jsonb_build_object('field', 'number', 'value', aq.number, 'subject', aq.company)`,
  },
  {
    key: "currency-off",
    step: "ours",
    level: "blocked",
    code: "package.currency-or-feature-off",
    needs: [],
    when: sql`t.currency is not null and t.currency <> cn.base_currency and cardinality(cn.currencies) > 0
      and not t.currency = any (cn.currencies)`,
    detail: sql`jsonb_build_object('field', 'currency', 'value', t.currency)`,
  },
  // Payments.
  {
    key: "payment-in-package",
    step: "ours",
    level: "blocked",
    code: "rule.payments-in-package",
    needs: ["payment"],
    when: sql`cn.module_on and pay.by_account_customer`,
    detail: sql`jsonb_build_object('field', 'contact', 'value', pay.contact_reference, 'subject', 'Account customer ' || pay.contact_name)`,
  },
  {
    key: "payment-of-nothing",
    step: "ours",
    level: "blocked",
    code: "source.required-field",
    needs: ["payment"],
    when: sql`pay.id is not null and pay.document_id is null`,
    detail: sql`jsonb_build_object('field', 'document')`,
  },
  {
    key: "payment-of-void",
    step: "ours",
    level: "blocked",
    code: "source.document-void",
    needs: ["payment"],
    when: sql`pay.document_status = 'void'`,
    detail: paidDocument,
  },
  {
    key: "bank-not-set",
    step: "account",
    level: "blocked",
    code: codeOfFault("bank", "pay.fault"),
    needs: ["payment"],
    when: bankFault,
    detail: sql`jsonb_build_object('field', 'bankNominalCode', 'value', pay.bank_nominal_code, 'subject', 'bank nominal '
      || pay.bank_nominal_code || case when not pay.is_mapped then ', not mapped'
        else ', mapped to ' || coalesce(pay.target_name, 'an account that the package no longer has') end)`,
  },
  ownField("payment-field", "payment-text", "xy"),
  {
    key: "payment-of-draft",
    step: "ours",
    level: "blocked",
    code: "rule.payment-on-draft",
    needs: ["payment"],
    when: sql`pay.is_draft`,
    detail: paidDocument,
  },
  {
    key: "payment-too-large",
    step: "ours",
    level: "blocked",
    code: "package.payment-too-large",
    needs: ["payment"],
    when: sql`pay.is_overpaid`,
    detail: sql`jsonb_build_object('field', 'amount', 'value', pay.number, 'subject', pay.called)`,
  },
  {
    key: "payment-period-locked",
    step: "ours",
    level: "blocked",
    code: "package.period-locked",
    needs: ["payment"],
    when: sql`pay.id is not null and ${isLocked}`,
    detail: lockedDetail,
  },
  {
    key: "document-not-there",
    step: "ours",
    level: "blocked",
    code: "source.dependency-missing",
    needs: ["payment"],
    when: sql`not pay.is_linked and pay.is_stuck`,
    detail: paidDocument,
  },
  // Allocations of credit notes. Their date is the package's: the later of both documents', as they stand there when it goes.
  {
    key: "allocated-document-not-there",
    step: "ours",
    level: "blocked",
    code: "source.dependency-missing",
    needs: ["allocation"],
    when: sql`alo.is_missing`,
    detail: allocatedDocument,
  },
  {
    key: "allocation-on-draft",
    step: "ours",
    level: "blocked",
    code: "rule.payment-on-draft",
    needs: ["allocation"],
    when: sql`alo.is_draft`,
    detail: allocatedDocument,
  },
  // Journals.
  {
    key: "journal-does-not-add",
    step: "ours",
    level: "blocked",
    code: "source.totals-do-not-add",
    needs: ["legs"],
    when: sql`t.kind = 'journal' and (coalesce(ls.n, 0) < 2 or ls.total <> 0)`,
    detail: sql`jsonb_build_object('field', 'lines')`,
  },
  {
    key: "journal-stock-nominal",
    step: "account",
    level: "blocked",
    code: "rule.stock-nominal-not-used",
    needs: ["bad-leg"],
    when: sql`bl.kind in ('stock', 'cost-of-sale')`,
    detail: legDetail,
  },
  {
    key: "journal-control-nominal",
    step: "account",
    level: "blocked",
    code: "rule.control-nominal",
    needs: ["bad-leg"],
    when: sql`bl.kind = 'control'`,
    detail: legDetail,
  },
  {
    key: "journal-account-not-set",
    step: "account",
    level: "blocked",
    code: codeOfFault("nominal", "bl.fault"),
    needs: ["bad-leg"],
    when: sql`bl.id is not null`,
    detail: legDetail,
  },
  {
    key: "journal-period-locked",
    step: "ours",
    level: "blocked",
    code: "package.period-locked",
    needs: [],
    when: sql`t.kind = 'journal' and ${isLocked}`,
    detail: lockedDetail,
  },
  ownField("journal-field", "journal-text", "xj"),
  // Documents again.
  {
    key: "period-locked",
    step: "ours",
    level: "blocked",
    code: "package.period-locked",
    needs: ["linked"],
    when: sql`${isDocument} and ${isLocked} and (k.id is not null or ${policy} = 'hold')`,
    detail: sql`${lockedDetail} || case when ${isAgreedOtherwise} and k.id is null
      then jsonb_build_object('agreedOn', t.lock_choice ->> 'to') else '{}'::jsonb end`,
  },
  // What a policy or the order of sending settles by itself.
  {
    key: "document-goes-first",
    step: "ours",
    level: "warning",
    code: "source.dependency-missing",
    needs: ["payment"],
    when: sql`not pay.is_linked`,
    detail: sql`jsonb_build_object('field', 'document', 'value', pay.number, 'subject', 'It goes after ' || pay.called)`,
  },
  {
    key: "lock-policy",
    step: "ours",
    level: "warning",
    code: "rule.lock-policy",
    needs: [],
    when: sql`${isDocument} and ${isLocked}`,
    detail: sql`${lockedDetail} || jsonb_build_object('subject', ${policy})`,
  },
  {
    key: "contact-goes-first",
    step: "ours",
    level: "warning",
    code: "source.dependency-missing",
    needs: ["contact"],
    when: sql`cs.id is not null and not cs.linked`,
    detail: sql`jsonb_build_object('field', 'contact', 'value', cs.reference, 'subject', cs.word || ' goes first')`,
  },
  {
    key: "product-goes-first",
    step: "ours",
    level: "warning",
    code: "source.dependency-missing",
    needs: ["product"],
    when: sql`ps.id is not null`,
    detail: sql`jsonb_build_object('field', 'product', 'value', ps.reference, 'subject', 'Product goes first')`,
  },
];
