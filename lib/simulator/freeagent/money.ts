import { jsonAnswer } from "#lib/simulator/core/answer.ts";
import type { Allocation, BankLine, Journal, Payment } from "#lib/simulator/core/books/records.ts";
import { isDate } from "#lib/simulator/core/dates.ts";
import { amount, minor } from "#lib/simulator/core/decimal.ts";
import type { Performed } from "#lib/simulator/core/wire.ts";
import { documentAddress } from "#lib/simulator/freeagent/documents.ts";
import {
  addressOf,
  bodyOf,
  changed,
  created,
  decimalIn,
  emptied,
  type FreeAgentCall,
  filtered,
  found,
  listAnswer,
  missing,
  moment,
  Refusal,
  reasons,
  refuseFor,
  shown,
  tailOf,
  textIn,
  turned,
} from "#lib/simulator/freeagent/wire-format.ts";
import { isFields } from "#lib/simulator/http.ts";

const actorOf = ({ role }: FreeAgentCall) => ({ adviser: role === "adviser" });

/** Bank accounts, without which no list of their lines or explanations is asked for. */
export function bankAccounts(call: FreeAgentCall, id: string | undefined): Performed {
  const { organisation } = call;
  const rows = organisation.list("accounts").filter(({ role }) => role === "bank" || role === "card");
  const show = (one: (typeof rows)[number]) => ({
    url: addressOf(call, "bank_accounts", one.id),
    type: one.role === "card" ? "CreditCardAccount" : "StandardBankAccount",
    name: one.name,
    currency: one.currency ?? organisation.info.currency,
    is_primary: one.position === 0,
    is_personal: false,
    status: one.active ? "active" : "hidden",
    opening_balance: "0.0",
    current_balance: "0.0",
    created_at: moment(one.createdAt),
    updated_at: moment(one.updatedAt),
  });
  if (id === undefined) return listAnswer(call, "bank_accounts", rows, show);
  const one = rows.find((other) => other.id === id);
  if (one === undefined) throw new Refusal(missing());
  return found("bank_account", show(one));
}

/** The bank account that a list is of. @throws {Refusal} 400 without one, 404 for one that is not there */
function accountAsked({ url, organisation }: FreeAgentCall): string {
  const id = tailOf(url.searchParams.get("bank_account"));
  if (id === null) throw new Refusal(reasons(400, "bank_account is required"));
  if (organisation.get("accounts", id)?.role !== "bank") throw new Refusal(missing());
  return id;
}

const unexplained = (line: BankLine) => amount(minor(line.amount) - minor(line.explained));

function lineShown(call: FreeAgentCall, line: BankLine) {
  return {
    url: addressOf(call, "bank_transactions", line.id),
    bank_account: addressOf(call, "bank_accounts", line.accountId),
    amount: shown(line.amount),
    dated_on: line.date,
    description: line.description,
    full_description: line.description,
    unexplained_amount: shown(unexplained(line)),
    is_manual: line.own.manual === true,
    created_at: moment(line.createdAt),
    updated_at: moment(line.updatedAt),
  };
}

/** Lines of a bank account: those of a feed, which are uploaded, and those that an explanation added. */
export function bankTransactions(call: FreeAgentCall, id: string | undefined): Performed {
  const { organisation, method, url } = call;
  if (id === "statement" && method === "POST") return upload(call);
  if (id !== undefined) {
    const line = organisation.get("bankLines", id);
    if (line === undefined) throw new Refusal(missing());
    if (method !== "DELETE") return found("bank_transaction", lineShown(call, line));
    organisation.bank.removeLine(id);
    return emptied();
  }
  const account = accountAsked(call);
  const view = url.searchParams.get("view") ?? "all";
  const rows = organisation.list("bankLines").filter((line) => {
    const isOpen = minor(unexplained(line)) !== 0n;
    return line.accountId === account && (view === "all" || isOpen === (view === "unexplained"));
  });
  return listAnswer(
    call,
    "bank_transactions",
    filtered(call, rows, ({ date }) => date),
    (line) => lineShown(call, line),
  );
}

/** A statement: accepted at once, and what is there by date, amount and words is passed over. */
function upload(call: FreeAgentCall): Performed {
  const { organisation } = call;
  const accountId = accountAsked(call);
  const { statement } = bodyOf(call, "");
  if (!Array.isArray(statement)) throw new Refusal(reasons(406, "There is no statement"));
  let committed = 0;
  for (const one of statement.filter(isFields)) {
    const line = { accountId, date: textIn(one, "dated_on") ?? "", amount: decimalIn(one, "amount") ?? "0" };
    const description = textIn(one, "description") ?? "";
    const isThere = organisation
      .list("bankLines")
      .some(
        (other) =>
          other.accountId === accountId &&
          other.date === line.date &&
          minor(other.amount) === minor(line.amount) &&
          other.description === description,
      );
    if (isThere || !isDate(line.date)) continue;
    organisation.bank.addLine({ ...line, description });
    committed += 1;
  }
  return { answer: jsonAnswer(200, {}), committed };
}

/** An explanation; one by itself is printed without its address, as the documentation's samples are. */
function explanationShown(call: FreeAgentCall, payment: Payment, alone: boolean) {
  const [paid] = payment.lines;
  const document = paid === undefined ? undefined : call.organisation.part("documents").get(paid.documentId);
  const isSales = document?.type === "sales-invoice" || document?.type === "sales-credit-note";
  const isIn = payment.direction === "in";
  return {
    ...(alone ? {} : { url: addressOf(call, "bank_transaction_explanations", payment.id) }),
    bank_transaction: addressOf(call, "bank_transactions", payment.bankLineId ?? ""),
    bank_account: addressOf(call, "bank_accounts", payment.accountId ?? ""),
    type: isSales ? (isIn ? "Invoice Receipt" : "Credit Note Refund") : isIn ? "Bill Refund" : "Bill Payment",
    dated_on: payment.date,
    description: payment.own.description ?? "",
    gross_value: shown(isIn ? payment.amount : turned(payment.amount)),
    ...(document === undefined ? {} : { [isSales ? "paid_invoice" : "paid_bill"]: documentAddress(call, document) }),
    is_deletable: true,
    updated_at: moment(payment.updatedAt),
  };
}

/** Payments: what explains a bank line by a document. */
export function explanations(call: FreeAgentCall, id: string | undefined): Performed {
  const { organisation, method } = call;
  if (id === undefined) {
    if (method === "POST") return explain(call);
    const account = accountAsked(call);
    const rows = organisation.list("payments").filter((one) => one.status === "live" && one.accountId === account);
    return listAnswer(
      call,
      "bank_transaction_explanations",
      filtered(call, rows, ({ date }) => date),
      (one) => explanationShown(call, one, false),
    );
  }
  const one = organisation.get("payments", id);
  if (one === undefined || one.status === "void") throw new Refusal(missing());
  if (method !== "DELETE") return found("bank_transaction_explanation", explanationShown(call, one, true));
  organisation.payments.undo(id, "delete", actorOf(call));
  return emptied();
}

function explain(call: FreeAgentCall): Performed {
  const { organisation } = call;
  const body = bodyOf(call, "bank_transaction_explanation");
  const gross = decimalIn(body, "gross_value");
  const date = textIn(body, "dated_on");
  const documentId = tailOf(textIn(body, "paid_invoice") ?? textIn(body, "paid_bill"));
  refuseFor([
    ...(gross === null ? ["Gross value can't be blank"] : []),
    ...(date === null ? ["Dated on can't be blank"] : []),
    ...(documentId === null ? ["Category can't be blank"] : []),
  ]);
  const value = minor(gross ?? "0");
  const whole = amount(value < 0n ? -value : value);
  const lineId = tailOf(textIn(body, "bank_transaction"));
  const line = lineId === null ? null : (organisation.get("bankLines", lineId) ?? null);
  if (lineId !== null && line === null) throw new Refusal(missing());
  const accountId = line?.accountId ?? tailOf(textIn(body, "bank_account"));
  const description = textIn(body, "description");
  const input = {
    direction: value < 0n ? ("out" as const) : ("in" as const),
    partyId: null,
    accountId,
    date: date ?? "",
    amount: whole,
    lines: [{ documentId: documentId ?? "", amount: whole }],
    own: { description },
  };
  // Without a line of the bank's one is added with it; where that is refused, nothing is left of it.
  const added =
    line === null && accountId !== null
      ? organisation.bank.addLine({
          accountId,
          date: input.date,
          amount: amount(value),
          description: description ?? "",
          own: { manual: true },
        })
      : null;
  try {
    const payment = organisation.payments.record({ ...input, bankLineId: line?.id ?? added?.id ?? null }, actorOf(call));
    // Its address in the header is relative, as recordings of the sandbox show.
    const location = `/v2/bank_transaction_explanations/${payment.id}`;
    return created("bank_transaction_explanation", explanationShown(call, payment, true), location);
  } catch (error) {
    if (added !== null) organisation.bank.removeLine(added.id);
    throw error;
  }
}

function journalShown(call: FreeAgentCall, journal: Journal) {
  return {
    url: addressOf(call, "journal_sets", journal.id),
    dated_on: journal.date,
    description: journal.description ?? "",
    updated_at: moment(journal.updatedAt),
    ...(typeof journal.own.tag === "string" ? { tag: journal.own.tag } : {}),
    journal_entries: journal.lines.map((line) => ({
      url: addressOf(call, "journal_entries", line.id),
      category: addressOf(call, "categories", line.accountId),
      ...(line.description === null ? {} : { description: line.description }),
      debit_value: shown(line.amount),
    })),
  };
}

export function journalSets(call: FreeAgentCall, id: string | undefined): Performed {
  const { organisation, method, url } = call;
  if (id === undefined && method !== "POST") {
    const tag = url.searchParams.get("tag");
    const rows = organisation.list("journals").filter((one) => tag === null || one.own.tag === tag);
    return listAnswer(
      call,
      "journal_sets",
      filtered(call, rows, ({ date }) => date),
      (one) => journalShown(call, one),
    );
  }
  if (id === undefined) {
    const body = bodyOf(call, "journal_set");
    const entries = Array.isArray(body.journal_entries) ? body.journal_entries.filter(isFields) : [];
    refuseFor(textIn(body, "description") === null ? ["Description can't be blank"] : []);
    const lines = entries.map((entry) => {
      const code = tailOf(textIn(entry, "category")) ?? "";
      refuseFor(code.startsWith("750") ? ["Journal entries cannot be made to bank accounts"] : []);
      return { accountId: code, amount: decimalIn(entry, "debit_value") ?? "0", description: textIn(entry, "description") };
    });
    const input = {
      date: textIn(body, "dated_on") ?? "",
      description: textIn(body, "description"),
      lines,
      own: { tag: textIn(body, "tag") },
    };
    const journal = organisation.bank.journal(input, actorOf(call));
    return created("journal_set", journalShown(call, journal), addressOf(call, "journal_sets", journal.id));
  }
  const one = organisation.get("journals", id);
  if (one === undefined) throw new Refusal(missing());
  if (method !== "DELETE") return found("journal_set", journalShown(call, one));
  organisation.bank.removeJournal(id, actorOf(call));
  return emptied();
}

function reconciliationShown(call: FreeAgentCall, one: Allocation) {
  const { organisation } = call;
  return {
    url: addressOf(call, "credit_note_reconciliations", one.id),
    currency: organisation.part("documents").get(one.documentId)?.currency ?? organisation.info.currency,
    exchange_rate: "1.0",
    gross_value: shown(one.amount),
    dated_on: one.date,
    invoice: addressOf(call, "invoices", one.documentId),
    credit_note: addressOf(call, "credit_notes", one.fromId),
    created_at: moment(one.createdAt),
    updated_at: moment(one.updatedAt),
  };
}

export function reconciliations(call: FreeAgentCall, id: string | undefined): Performed {
  const { organisation, method } = call;
  const root = "credit_note_reconciliation";
  if (id === undefined) {
    if (method !== "POST") {
      const rows = filtered(call, organisation.list("allocations"), ({ date }) => date);
      return listAnswer(call, `${root}s`, rows, (one) => reconciliationShown(call, one));
    }
    const body = bodyOf(call, root);
    const input = {
      fromId: tailOf(textIn(body, "credit_note")) ?? "",
      documentId: tailOf(textIn(body, "invoice")) ?? "",
      amount: decimalIn(body, "gross_value") ?? "0",
      date: textIn(body, "dated_on") ?? "",
    };
    const one = organisation.payments.allocate(input, actorOf(call));
    return created(root, reconciliationShown(call, one), addressOf(call, `${root}s`, one.id));
  }
  const one = organisation.get("allocations", id);
  if (one === undefined) throw new Refusal(missing());
  if (method === "DELETE") {
    organisation.payments.unallocate(id, actorOf(call));
    return emptied();
  }
  // A single one is printed below the name of its list.
  return method === "PUT" ? changed(root, reconciliationShown(call, one)) : found(`${root}s`, reconciliationShown(call, one));
}
