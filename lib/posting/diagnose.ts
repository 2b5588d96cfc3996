import type { ClientScope, ScopedDb } from "#db/client.ts";
import { CHECK_STEPS, CHECKS, type CheckStep } from "#db/queries/checks/checks.ts";
import { explain, findDiagnosed, findStuckProduct } from "#db/queries/checks/precheck.ts";
import { findIntegration, type Integration } from "#db/queries/connections/integration.ts";
import { codeUsage, listTaxCodes, mappingConnection, resolvedMappings } from "#db/queries/mapping/mapping.ts";
import type { Difference, WithheldReason } from "#db/schema/postings.ts";
import { familyOf, isDocumentKind, type RecordKind, sideOf } from "#lib/common/records.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { type MappingKind, type ResolvedMapping, saidSide } from "#lib/mapping/resolve.ts";
import { standing } from "#lib/mapping/sides.ts";
import { faultCode } from "#lib/model/fault-codes.ts";
import { packageOf } from "#lib/pending/precheck.ts";

export interface DiagnosedStep {
  readonly step: CheckStep;
  readonly outcome: "passed" | "failed" | "not-asked";
}

/** "Why isn't this syncing?" of one record (M72): the steps in their fixed order, down to the first that fails. Plain data. */
export interface Diagnosis {
  /**
   * `synced`: seen and equal; `differs`: it is there, and was seen to be other than sent; `marked`: somebody said that it is there, so it is
   * never sent; `on-its-way`: it was sent, or waits its turn; `checking`: sent, and the answer was not clear; `chosen`: for an upload whose
   * worker has not come to it; `ready`: nobody has asked for it yet; `fails`: something keeps it. Of codes and groups, which are never sent
   * themselves: `mapped`, and `not-posted` where nothing of theirs ever is.
   */
  readonly what:
    | "not-connected"
    | "not-made"
    | "synced"
    | "differs"
    | "marked"
    | "on-its-way"
    | "checking"
    | "chosen"
    | "ready"
    | "mapped"
    | "not-posted"
    | "fails";
  /** What kind of record was asked about; null of codes and groups. */
  readonly kind: RecordKind | null;
  readonly steps: readonly DiagnosedStep[];
  /** Of what fails: the catalogue's code with its detail; the reason why it is withheld. */
  readonly code: string | null;
  readonly detail: SyncErrorDetail | null;
  readonly aside: WithheldReason | null;
  /** Of a record that differs: in what, and who has accepted that. */
  readonly differs: {
    readonly differences: readonly Difference[];
    readonly currency: string | null;
    readonly acceptedBy: string | null;
  } | null;
  /** Of a record that was marked: by whom and why, and whether it was changed here since. */
  readonly marked: { readonly by: string | null; readonly why: string | null; readonly changedSince: boolean } | null;
}

const NONE = { steps: [], code: null, detail: null, aside: null, differs: null, marked: null, kind: null };

/** The steps that a kind of record is asked about. */
function stepsOf(kind: RecordKind): readonly CheckStep[] {
  const isDocument = isDocumentKind(kind);
  const asked: Readonly<Record<CheckStep, boolean>> = {
    module: true,
    entity: true,
    customer: isDocument && sideOf(kind) === "sales",
    product: isDocument,
    supplier: isDocument && sideOf(kind) === "purchase",
    tax: isDocument,
    account: isDocument || familyOf(kind) === "payment" || familyOf(kind) === "journal",
    ours: true,
  };
  return CHECK_STEPS.filter((step) => asked[step]);
}

/** A step has passed where each of its checks stands above the one that fails. */
function passedBefore(key: string): ReadonlySet<CheckStep> {
  const at = CHECKS.findIndex((check) => check.key === key);
  return new Set(CHECK_STEPS.filter((step) => step === "module" || CHECKS.findLastIndex((check) => check.step === step) < at));
}

const before = (failed: CheckStep): ReadonlySet<CheckStep> => new Set(CHECK_STEPS.slice(0, CHECK_STEPS.indexOf(failed)));

const stepsAt = (asked: readonly CheckStep[], failed: CheckStep, passed: ReadonlySet<CheckStep>): DiagnosedStep[] =>
  asked.map((step) => ({ step, outcome: step === failed ? "failed" : passed.has(step) ? "passed" : "not-asked" }));

const allOf = (asked: readonly CheckStep[], outcome: DiagnosedStep["outcome"]): DiagnosedStep[] =>
  asked.map((step) => ({ step, outcome }));

/**
 * The step that a refusal belongs to: the package may refuse an account, a tax rate or a contact that nothing here finds fault with.
 * What belongs to none of the steps that are asked is ours.
 */
function stepOfRefusal(asked: readonly CheckStep[], code: string, detail: SyncErrorDetail | null): CheckStep {
  const field = detail?.field ?? "";
  const contact = asked.includes("supplier") ? "supplier" : "customer";
  const step =
    code === "package.contact-archived" || field === "contact"
      ? contact
      : /product/i.test(field)
        ? "product"
        : field.endsWith("taxCode") && code !== "mapping.tax-not-allowed-on-account"
          ? "tax"
          : CHECKS.find(({ step, code: of }) => step !== "ours" && isOf(of, code))?.step;
  return step !== undefined && asked.includes(step) ? step : "ours";
}

const isOf = (of: (typeof CHECKS)[number]["code"], code: string): boolean =>
  of !== null && (typeof of === "string" ? of === code : of.oneOf.includes(code as SyncErrorCode));

/**
 * Asks the list of checks about one record as it stands now, in the order of the list: module, entity, customer, product, supplier, tax,
 * account, then the rules of this console and the package's own last answer.
 */
export async function diagnose(db: ScopedDb, scope: ClientScope, recordId: string): Promise<Diagnosis> {
  const integration = await findIntegration(db, scope);
  if (!integration) return { ...NONE, what: "not-connected" };
  const posting = await findDiagnosed(db, scope, integration.connectionId, recordId);
  if (!posting) return { ...NONE, what: "not-made" };
  const none = { ...NONE, kind: posting.kind };
  const asked = stepsOf(posting.kind);
  if (posting.state === "confirmed") return { ...none, what: "synced", steps: allOf(asked, "passed") };
  if (posting.state === "drifted") {
    const differs = {
      differences: posting.differences ?? [],
      currency: posting.currency,
      acceptedBy: posting.drift_accepted_by,
    };
    return { ...none, what: "differs", steps: allOf(asked, "passed"), differs };
  }
  if (posting.state === "skipped") {
    const marked = { by: posting.exported_by, why: posting.mark_reason, changedSince: posting.changed_since_marked };
    // Nobody asks whether it could go: it is not to.
    return { ...none, what: "marked", code: "rule.marked-exported", marked };
  }
  if (!integration.moduleOn) return { ...none, what: "fails", steps: stepsAt(asked, "module", new Set()) };
  const judged = await explain(
    db,
    scope,
    { id: posting.id, connectionId: integration.connectionId, kind: posting.kind, package: integration.package as PackageId },
    packageOf,
  );
  const isOpen = ["pending", "held", "queued", "rejected"].includes(posting.state);
  if (isOpen && judged?.level === "blocked" && judged.key !== null) {
    const step = CHECKS.find((check) => check.key === judged.key)?.step ?? "ours";
    const steps = stepsAt(asked, step, passedBefore(judged.key));
    return { ...none, what: "fails", steps, code: judged.code, detail: judged.detail };
  }
  if (posting.state === "pending" && posting.aside !== null)
    // An error that is ignored keeps what stopped it.
    return {
      ...none,
      what: "fails",
      steps: stepsAt(asked, "ours", before("ours")),
      aside: posting.aside,
      code: posting.error_code,
      detail: posting.error_detail,
    };
  if (["held", "rejected", "conflict", "dead"].includes(posting.state)) {
    const code = posting.error_code ?? (posting.state === "conflict" ? "unknown.ambiguous-match" : "internal.unexpected");
    const step = stepOfRefusal(asked, code, posting.error_detail);
    return { ...none, what: "fails", steps: stepsAt(asked, step, before(step)), code, detail: posting.error_detail };
  }
  const what = posting.chosen
    ? "chosen"
    : posting.state === "pending"
      ? "ready"
      : posting.state === "unknown"
        ? "checking"
        : "on-its-way";
  return { ...none, what, steps: allOf(asked, "passed") };
}

/** A nominal code or a tax code, as its diagnosis needs it. */
export interface DiagnosedCode {
  readonly kind: MappingKind;
  readonly code: string;
  /** No posting ever names it: the value of stock, the cost of sales. */
  readonly notPosted?: boolean;
}

/** "Why isn't this syncing?" of a code (M72): it goes with each line that names it, once it has a mapping that can be used. */
export async function diagnoseCode(db: ScopedDb, scope: ClientScope, of: DiagnosedCode): Promise<Diagnosis> {
  const integration = await findIntegration(db, scope);
  if (!integration) return { ...NONE, what: "not-connected" };
  if (of.notPosted === true) return { ...NONE, what: "not-posted" };
  const step: CheckStep = of.kind === "tax" ? "tax" : "account";
  return diagnoseMapped(db, scope, integration, ["module", step], [of]);
}

/**
 * "Why isn't this syncing?" of a product group (M72): nothing of it is sent; its products go one by one, and its codes stand on the lines
 * of those that have none of their own.
 */
export async function diagnoseGroup(
  db: ScopedDb,
  scope: ClientScope,
  group: {
    readonly id: string;
    readonly salesNominalCode: string | null;
    readonly purchaseNominalCode: string | null;
    readonly taxCode: string | null;
  },
): Promise<Diagnosis> {
  const integration = await findIntegration(db, scope);
  if (!integration) return { ...NONE, what: "not-connected" };
  const takesProducts = integration.takes.includes("product");
  const asked: readonly CheckStep[] = takesProducts
    ? ["module", "entity", "product", "tax", "account"]
    : ["module", "tax", "account"];
  if (takesProducts && integration.moduleOn && !integration.entitiesOn.includes("product"))
    return { ...NONE, what: "fails", steps: stepsAt(asked, "entity", before("entity")), code: "rule.entity-off", detail: {} };
  const stuck = integration.moduleOn ? await findStuckProduct(db, scope, integration.connectionId, group.id) : null;
  if (stuck) {
    const detail = { field: "product", value: stuck.reference, subject: `Product ${stuck.reference}` };
    const steps = stepsAt(asked, "product", before("product"));
    return { ...NONE, what: "fails", steps, code: "source.dependency-missing", detail };
  }
  const nominal = [group.salesNominalCode, group.purchaseNominalCode].filter((code) => code !== null);
  return diagnoseMapped(db, scope, integration, asked, [
    ...(group.taxCode === null ? [] : [{ kind: "tax" as const, code: group.taxCode }]),
    ...nominal.map((code) => ({ kind: "nominal" as const, code })),
  ]);
}

/** The first of these codes whose mapping cannot be used is what fails. */
async function diagnoseMapped(
  db: ScopedDb,
  scope: ClientScope,
  integration: Integration,
  asked: readonly CheckStep[],
  codes: readonly DiagnosedCode[],
): Promise<Diagnosis> {
  if (!integration.moduleOn) return { ...NONE, what: "fails", steps: stepsAt(asked, "module", new Set()) };
  const connection = await mappingConnection(db, scope);
  const mappings = connection === null ? [] : await resolvedMappings(db, scope, connection.id);
  for (const { kind, code } of codes) {
    const of = mappings.filter((one) => one.kind === kind && one.sourceCode === code);
    const stands = kind === "tax" && connection !== null ? await taxStanding(db, scope, connection.id, code, of) : null;
    for (const { side, mapping } of stands ?? [{ side: null, mapping: of[0] ?? null }]) {
      const fault = faultCode(kind, mapping);
      if (fault === null) continue;
      const step: CheckStep = kind === "tax" ? "tax" : "account";
      const field = kind === "tax" ? "taxCode" : kind === "bank" ? "bankNominalCode" : "nominalCode";
      const subject = mapping === null ? "not mapped" : `mapped to ${mapping.targetName ?? "a code absent in the package"}`;
      return {
        ...NONE,
        what: "fails",
        steps: stepsAt(asked, step, before(step)),
        code: fault,
        detail: { field, value: code, ...(side === null ? {} : { side }), subject },
      };
    }
  }
  return { ...NONE, what: "mapped", steps: allOf(asked, "passed") };
}

/** A tax code's mapping as it stands: one for each side that it is mapped for, or that documents wait on. */
async function taxStanding(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  code: string,
  mappings: readonly ResolvedMapping[],
) {
  const own = (await listTaxCodes(db, scope)).find((one) => one.code === code);
  const said = own ? saidSide(own) : null;
  // What waits is counted only where it decides: one row of both sides, which is not the same on each.
  const decides = said === null && new Set(mappings.map((one) => one.fault)).size > 1 && !mappings.some((one) => one.apart);
  const waits = decides ? (await codeUsage(db, scope, connectionId, "tax", code)).map((one) => one.side) : [];
  return standing(said, mappings, new Set(waits));
}
