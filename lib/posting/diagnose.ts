import type { ClientScope, ScopedDb } from "#db/client.ts";
import { CHECK_STEPS, CHECKS, type CheckStep } from "#db/queries/checks.ts";
import { findIntegration } from "#db/queries/integration.ts";
import { explain, findDiagnosed } from "#db/queries/precheck.ts";
import type { AsideReason } from "#db/schema/postings.ts";
import { familyOf, isDocumentKind, type RecordKind, sideOf } from "#lib/common/records.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import { packageOf } from "./precheck.ts";

export interface DiagnosedStep {
  readonly step: CheckStep;
  readonly outcome: "passed" | "failed" | "not-asked";
}

/** "Why isn't this syncing?" of one record (M72): the steps in their fixed order, down to the first that fails. */
export interface Diagnosis {
  /** `synced`: nothing keeps it; `on-its-way`: it was sent, or waits its turn; `ready`: nobody has asked for it yet. */
  readonly what: "not-connected" | "not-made" | "synced" | "on-its-way" | "ready" | "fails";
  readonly steps: readonly DiagnosedStep[];
  /** Of what fails: the catalogue's code with its detail; the reason why it stands aside. */
  readonly code: string | null;
  readonly detail: SyncErrorDetail | null;
  readonly aside: AsideReason | null;
}

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

/**
 * Asks the list of checks about one record as it stands now, in the order of the list: module, entity, customer, product, supplier, tax,
 * account, then the rules of this console and the package's own last answer.
 */
export async function diagnose(db: ScopedDb, scope: ClientScope, recordId: string): Promise<Diagnosis> {
  const none = { steps: [], code: null, detail: null, aside: null };
  const integration = await findIntegration(db, scope);
  if (!integration) return { what: "not-connected", ...none };
  const posting = await findDiagnosed(db, scope, integration.connectionId, recordId);
  if (!posting) return { what: "not-made", ...none };
  const asked = stepsOf(posting.kind);
  const all = (outcome: DiagnosedStep["outcome"]) => asked.map((step) => ({ step, outcome }));
  const failsAt = (failed: CheckStep, passed: ReadonlySet<CheckStep>) =>
    asked.map((step) => ({ step, outcome: step === failed ? "failed" : passed.has(step) ? "passed" : "not-asked" }) as const);
  if (posting.state === "confirmed") return { ...none, what: "synced", steps: all("passed") };
  if (!integration.moduleOn) {
    return { ...none, what: "fails", steps: failsAt("module", new Set()) };
  }
  const judged = await explain(
    db,
    scope,
    { id: posting.id, connectionId: integration.connectionId, kind: posting.kind, package: integration.package as PackageId },
    packageOf,
  );
  const isOpen = ["pending", "held", "queued", "rejected"].includes(posting.state);
  if (isOpen && judged?.level === "blocked" && judged.key !== null) {
    const step = CHECKS.find((check) => check.key === judged.key)?.step ?? "ours";
    return { ...none, what: "fails", steps: failsAt(step, passedBefore(judged.key)), code: judged.code, detail: judged.detail };
  }
  const others = new Set(asked.filter((step) => step !== "ours"));
  if (posting.state === "pending" && posting.aside !== null)
    return { ...none, what: "fails", steps: failsAt("ours", others), aside: posting.aside };
  if (["held", "rejected", "conflict", "dead", "drifted", "skipped"].includes(posting.state)) {
    const code = posting.error_code ?? (posting.state === "skipped" ? "rule.marked-exported" : null);
    return { ...none, what: "fails", steps: failsAt("ours", others), code, detail: posting.error_detail };
  }
  return { ...none, what: posting.state === "pending" ? "ready" : "on-its-way", steps: all("passed") };
}
