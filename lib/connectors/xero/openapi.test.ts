import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorisationUrl, exchangeCode, refreshTokens, revokeTokens } from "#lib/calling/oauth.ts";
import type { OutgoingDocument, OutgoingRecord } from "#lib/common/records.ts";
import { consent, type SimulatorControl, simulatorControl } from "#lib/simulator/control-client.ts";
import type { FaultOrder } from "#lib/simulator/faults.ts";
import { type Simulator, startSimulator } from "#lib/simulator/server.ts";
import { type Departure, Description, sharedDescription } from "#lib/testing/openapi.ts";
import { type Recorded, type Recorder, startRecorder } from "#lib/testing/recorder.ts";
import { connectorContract } from "../contract/suite.ts";
import type {
  ConfirmRequest,
  Connection,
  Exchange,
  PackageLists,
  PulledPage,
  PulledPayment,
  PushedRef,
  PushOutcome,
  RawAnswer,
  Sighting,
} from "../types.ts";
import { xeroConsent } from "./consent.ts";
import { xeroSubject } from "./contract-world.ts";
import { aContact, aJournal, aLine, anInvoice, aPayment, aProduct, aRef } from "./fixtures.ts";
import { xero } from "./index.ts";

const ACCOUNTING = sharedDescription("xero_accounting.yaml");
const IDENTITY = sharedDescription("xero-identity.yaml");
const absent = ACCOUNTING === null || IDENTITY === null;
const note = absent ? " (skipped: ../shared/specs/xero_accounting.yaml and xero-identity.yaml are not here)" : "";

/** Every call that the connector makes of Xero, in the description's words. */
const CALLS = [
  "PUT /CreditNotes/{CreditNoteID}/Allocations",
  "GET /Connections",
  "DELETE /Connections/{id}",
  "GET /Organisation",
  "GET /Accounts",
  "GET /TaxRates",
  "GET /Currencies",
  "PUT /Contacts",
  "PUT /Items",
  "PUT /Invoices",
  "PUT /CreditNotes",
  "PUT /Invoices/{InvoiceID}/Attachments/{FileName}",
  "PUT /CreditNotes/{CreditNoteID}/Attachments/{FileName}",
  "GET /Invoices/{InvoiceID}/Attachments",
  "GET /CreditNotes/{CreditNoteID}/Attachments",
  "PUT /Payments",
  "PUT /ManualJournals",
  "POST /Contacts",
  "POST /Items",
  "POST /Invoices",
  "POST /CreditNotes",
  "GET /ManualJournals",
  "GET /ManualJournals/{ManualJournalID}",
  "GET /Contacts",
  "GET /Items",
  "GET /Items/{ItemID}",
  "GET /Invoices",
  "GET /CreditNotes",
  "GET /CreditNotes/{CreditNoteID}",
  "GET /Payments",
  "GET /Overpayments",
  "GET /Prepayments",
];

/** Where the description is known to say less than Xero, or other than it. One that never comes up fails. */
interface Gap extends Pick<Departure, "side" | "rule"> {
  /** A departure's place; `*` stands for a path, or for one name in it. */
  readonly place: string;
  readonly why: string;
  /** A section of xero.md, or the description's own examples, which show what its schemas leave out. */
  readonly source: string;
}

const ENVELOPED = [
  ..."Accounts Actions Allocations Attachments BankTransactions BatchPayments Contacts CreditNotes Currencies HistoryRecords".split(
    " ",
  ),
  ..."Invoices Items ManualJournals Organisations Overpayments Payments Prepayments ReportWithRows TaxRates".split(" "),
  ..."TrackingCategories TrackingOptions".split(" "),
];

const GAPS: readonly Gap[] = [
  ...gaps("answer", "no-such-status", "0.1, 4.2", "It describes 200, 204 and 400 only.", [
    "* 401",
    "* 403",
    "* 404",
    "* 429",
    "* 500",
    "* 503",
  ]),
  ...gaps("answer", "no-such-status", "3.1, 4.1", "A filter that cannot be read is answered with 400.", ["GET * 400"]),
  ...gaps(
    "answer",
    "no-such-property",
    "3.1; its own examples",
    "The envelope round every list is left out.",
    ENVELOPED.flatMap((list) => ["Id", "Status", "ProviderName", "DateTimeUTC"].map((name) => `${list}.${name}`)),
  ),
  ...gaps("answer", "no-such-property", "3.1; its own examples", "The string beside a date is left out of most schemas.", [
    "Invoice.DateString",
    "Invoice.DueDateString",
    "CreditNote.DateString",
    "BankTransaction.DateString",
    "Overpayment.DateString",
    "Prepayment.DateString",
    "HistoryRecord.DateUTCString",
  ]),
  ...gaps("answer", "no-such-property", "4.1; its own examples", "What is wrong with one line hangs on that line.", [
    "LineItem.ValidationErrors",
  ]),
  ...gaps("answer", "no-such-property", "4.1; its own examples", "An element of a 400 echoes all that was sent, and its marks.", [
    "Element.Type",
    "Element.Contact",
    "Element.HasErrors",
    "Element.Warnings",
  ]),
  ...gaps("answer", "no-such-property", "3.2", "With summarizeErrors=false, which it takes, every element says how it went.", [
    "BatchPayment.StatusAttributeString",
  ]),
  ...gaps("answer", "no-such-property", "its own examples", "Those that an invoice lists have their id twice.", [
    "Overpayment.ID",
    "Prepayment.ID",
    "CreditNote.ID",
  ]),
  ...gaps("answer", "no-such-property", "its own examples", "Left out of the schema.", [
    "TrackingOption.HasValidationErrors",
    "TrackingOption.IsActive",
    "TrackingOption.IsArchived",
    "TrackingOption.IsDeleted",
  ]),
  ...gaps("request", "content-type", "3.15", "A file goes as the type that it has; it describes one type for all.", [
    "PUT /Invoices/{InvoiceID}/Attachments/{FileName}",
    "PUT /CreditNotes/{CreditNoteID}/Attachments/{FileName}",
  ]),
  ...gaps("request", "format", "3.1", "Described as a date-time, which has a zone; Xero's pages show seconds without one.", [
    "GET * If-Modified-Since",
  ]),
  ...gaps("request", "path-case", "1.1, 1.5", "Described with a capital; the address is in lower case.", [
    "GET /Connections",
    "DELETE /Connections/{id}",
  ]),
  ...gaps(
    "answer",
    "format",
    "1.5; its own example",
    "Described as a date-time, which has a zone; it has seven decimals and none.",
    ["Connection.createdDateUtc", "Connection.updatedDateUtc"],
  ),
  ...gaps("answer", "no-such-property", "1.2", "A token's answer says what it is good for.", ["AccessToken.scope"]),
];

function gaps(side: Gap["side"], rule: Gap["rule"], source: string, why: string, places: readonly string[]): Gap[] {
  return places.map((place) => ({ side, rule, place, why, source }));
}

function covers(gap: Gap, one: Departure): boolean {
  const [before = "", after] = gap.place.split("*");
  const fits = after === undefined ? one.place === gap.place : one.place.startsWith(before) && one.place.endsWith(after);
  return gap.side === one.side && gap.rule === one.rule && fits;
}

const GUID = "[\\da-f]{8}(-[\\da-f]{4}){3}-[\\da-f]{12}";

/** What the description has no word of: answers as they were seen live. */
const BEYOND: readonly {
  readonly status: number;
  readonly source: string;
  readonly type: string;
  readonly body: RegExp;
  readonly headers?: Readonly<Record<string, RegExp>>;
}[] = [
  {
    status: 401,
    source: "4.2",
    type: "application/json",
    body: new RegExp(
      `^\\{"Type":null,"Title":"Unauthorized","Status":401,"Detail":"(TokenExpired: token expired at \\d\\d/\\d\\d/\\d{4} \\d\\d:\\d\\d:\\d\\d|AuthenticationUnsuccessful|AuthorizationUnsuccessful)","Instance":"${GUID}","Extensions":\\{\\}\\}$`,
    ),
  },
  {
    status: 403,
    source: "4.2",
    type: "application/json",
    body: new RegExp(`^\\{"title":"Forbidden","status":403,"detail":"AuthenticationUnsuccessful","instance":"${GUID}"\\}$`),
  },
  {
    status: 404,
    source: "4.2",
    type: "text/html",
    body: /^(The resource you're looking for cannot be found)?$/,
  },
  {
    status: 429,
    source: "2.2",
    type: "",
    body: /^$/,
    headers: { "x-rate-limit-problem": /^(minute|day|concurrent|appminute)?$/, "retry-after": /^\d*$/ },
  },
  { status: 500, source: "4.2", type: "text/html", body: /./ },
  { status: 503, source: "4.2", type: "text/plain", body: /^The Xero API is / },
];

/** The whole file is one story: what its first parts send and are answered, its last part holds against the description. */
describe.skipIf(absent)(`What crosses the wire is what Xero's own description says${note}`, { timeout: 20_000 }, () => {
  const seen: Recorded[] = [];
  const recorders: Recorder[] = [];
  const before = async (url: string) => {
    const recorder = await startRecorder(url, seen);
    recorders.push(recorder);
    return recorder.url;
  };
  afterAll(() => Promise.all(recorders.map((recorder) => recorder.close())));

  connectorContract(xeroSubject("Xero, recorded,", before));

  describe("and beyond the contract", () => {
    let simulator: Simulator;
    let control: SimulatorControl;
    let app: Parameters<typeof exchangeCode>[1];
    let tenantId: string;
    let connection: Connection;
    let tokens: { accessToken: string; refreshToken: string | null };
    let accounts: NonNullable<PackageLists["accounts"]>;
    let everyScope: string;
    let customer: string;
    let supplier: string;
    let serial = 0;

    beforeAll(async () => {
      simulator = await startSimulator({ port: 0, host: "127.0.0.1" });
      control = simulatorControl(simulator.url, "xero");
      const url = await before(simulator.url);
      app = { clientId: "greentick", clientSecret: "a secret", loginUrl: url, identityUrl: url, apiUrl: url };
      tenantId = (await control.addTenant("Described Ltd")).id;
      await control.patchSettings(tenantId, { limits: false });
      everyScope = (await control.tokens([tenantId])).access_token;
      connection = { id: "described", tenantId, apiUrl: url, baseCurrency: "GBP", options: {} };
    });
    afterAll(() => simulator.close());

    const account = (code: string) => accounts.find((one) => one.code === code)?.externalId ?? "";

    async function ask(message: ReturnType<typeof xero.push.ask>, over: { token?: string; to?: Connection; key?: string } = {}) {
      const result = await xero.send(message, {
        connection: over.to ?? connection,
        accessToken: over.token ?? tokens.accessToken,
        idempotencyKey: message.method === "GET" ? null : (over.key ?? `D${++serial}`),
        timeoutMs: 10_000,
      });
      if (result.sent !== true) throw new Error(`${message.operation}: ${result.why}`);
      return result.answer;
    }

    async function exchange<Ask, Answer>(one: Exchange<Ask, Answer>, asked: Ask): Promise<Answer> {
      const message = one.ask(asked, connection);
      return one.read(message, await ask(message), asked);
    }

    async function push(...records: OutgoingRecord[]): Promise<readonly PushOutcome[]> {
      const batch = { connection, records };
      const message = xero.push.ask(batch, connection, "key");
      const outcomes = xero.push.read(message, await ask(message), batch);
      return records.map((record) => outcomes.get(record.recordId) ?? { status: "unknown", why: "missing-in-answer" });
    }

    async function pushed(record: OutgoingRecord): Promise<string> {
      const [outcome] = await push(record);
      if (outcome?.status !== "accepted") throw new Error(JSON.stringify(outcome));
      return outcome.externalId;
    }

    async function confirm(kind: ConfirmRequest["kind"], ...refs: PushedRef[]): Promise<readonly Sighting[]> {
      const found: Sighting[] = [];
      let cursor: string | null = null;
      do {
        const request: ConfirmRequest = { connection, kind, refs, since: new Date(0), cursor };
        const page = await exchange(xero.confirm, request);
        found.push(...page.sightings);
        cursor = page.next;
      } while (cursor !== null);
      return found;
    }

    async function pull(): Promise<readonly PulledPayment[]> {
      const found: PulledPayment[] = [];
      let cursor: string | null = null;
      for (;;) {
        const page: PulledPage = await exchange(xero.pull, { connection, stream: "payments", cursor });
        found.push(...page.payments);
        cursor = page.cursor;
        if (!page.more) break;
      }
      // And once more, from where it stood.
      await exchange(xero.pull, { connection, stream: "payments", cursor });
      return found;
    }

    const sale = (number: string, over: Partial<OutgoingDocument> = {}) =>
      anInvoice({ number, contactExternalId: customer, lines: [aLine({ accountExternalId: account("200") })], ...over });
    const bill = (number: string, over: Partial<OutgoingDocument> = {}) =>
      anInvoice({
        number,
        kind: "bill",
        contactExternalId: supplier,
        lines: [aLine({ accountExternalId: account("310"), taxExternalId: "INPUT2" })],
        ...over,
      });

    /** What the product does not call yet, asked of the simulator as the description says it. */
    async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<RawAnswer> {
      const answer = await fetch(`${connection.apiUrl}/api.xro/2.0/${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${everyScope}`,
          "xero-tenant-id": tenantId,
          Accept: "application/json",
          ...(body === undefined ? {} : { "Content-Type": "application/json", "Idempotency-Key": `D${++serial}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
    }

    it("signs in by OAuth, learns its connections and refreshes its tokens", async () => {
      const state = "a state of ours";
      const redirectUri = "http://localhost:3000/api/connections/xero/callback";
      const back = await consent(connection.apiUrl, authorisationUrl("xero", app, redirectUri, state), tenantId);
      tokens = await exchangeCode("xero", app, new URL(back), state);
      expect(
        (await xeroConsent.listTenants({ accessToken: tokens.accessToken, returned: new URLSearchParams() }, app)).map(
          (one) => one.id,
        ),
      ).toEqual([tenantId]);
      tokens = await refreshTokens("xero", app, tokens.refreshToken ?? "");
      await expect(refreshTokens("xero", app, "none of Xero's")).rejects.toThrow("invalid_grant");
    });

    it("reads the organisation with its lock dates, and every list", async () => {
      await control.patchSettings(tenantId, { periodLock: "2020-03-31", yearLock: "2019-12-31", accountsWithoutCode: ["461"] });
      expect(await exchange(xero.check, null)).toEqual({ ok: true, tenantName: "Described Ltd" });
      let cursor: string | null = null;
      let lists: PackageLists = { next: null };
      do {
        const page: PackageLists = await exchange(xero.discover, cursor);
        lists = { ...lists, ...page };
        cursor = page.next;
      } while (cursor !== null);
      accounts = lists.accounts ?? [];
      expect(lists.organisation).toMatchObject({
        locks: [
          { label: "Period", from: null, to: "2020-03-31" },
          { label: "Year", from: null, to: "2019-12-31" },
        ],
      });
      expect(lists.currencies).toEqual(["GBP", "EUR", "USD"]);
    });

    it("sends contacts and items, taken and refused", async () => {
      customer = await pushed(aContact({ email: "accounts@bankwest.test" }));
      supplier = await pushed(aContact({ recordId: "contact-2", reference: "C-2", kind: "supplier", name: "Rope & Sons" }));
      const again = aContact({ recordId: "contact-3", reference: "C-3", email: "no address" });
      expect((await push(again)).map((one) => one.status)).toEqual(["refused"]);
      await pushed(aProduct({ description: "A heart, white, to hang up" }));
      expect((await push(aProduct())).map((one) => one.status)).toEqual(["refused"]);
    });

    it("sends documents of all four kinds: taken, refused as a whole, refused by a line, taken with a warning", async () => {
      const closed = (await control.putAccount(tenantId, { code: "299", name: "Closed", type: "REVENUE", status: "ARCHIVED" }))
        .id;
      const archived = [aLine({ accountExternalId: closed })];
      await pushed(sale("D-1"));
      await pushed(bill("D-2"));
      await pushed(sale("D-3", { kind: "sales-credit-note" }));
      await pushed(bill("D-4", { kind: "supplier-credit-note" }));
      await pushed(
        sale("D-5", {
          postAs: "draft",
          currency: "EUR",
          lines: [aLine({ accountExternalId: account("200"), productReference: "85123A", quantity: "2.5", unitPrice: "8.1000" })],
        }),
      );
      const locked = await push(sale("D-6", { issuedOn: "2019-06-30" }), sale("D-7"));
      expect(locked.map((one) => one.status)).toEqual(["refused", "accepted"]);
      for (const lineErrorsOnly of [false, true]) {
        await control.patchSettings(tenantId, { lineErrorsOnly });
        const outcomes = await push(sale(`D-8${lineErrorsOnly}`, { lines: archived }), sale(`D-9${lineErrorsOnly}`));
        expect(outcomes.map((one) => one.status)).toEqual(["refused", "accepted"]);
        expect((await push(bill(`D-8${lineErrorsOnly}`, { kind: "supplier-credit-note", lines: archived })))[0]?.status).toBe(
          "refused",
        );
      }
      const [warned] = await push(
        sale("D-10", { postAs: "draft", lines: [aLine({ accountExternalId: "9ce62c4d-1f4a-4b52-8d5c-1d9f9a3c9999" })] }),
      );
      expect(warned).toMatchObject({ status: "accepted", warnings: [{ code: "mapping.target-archived" }] });
      const unreadable = xero.push.ask({ connection, records: [sale("D-11")] }, connection, "D-11");
      const answer = await ask({ ...unreadable, body: (unreadable.body ?? "").replace('"2026-11-02"', '"2026-13-45"') });
      expect(answer.status).toBe(400);
    });

    it("N23 puts files to invoices and credit notes, taken and refused, and lists them", async () => {
      const { attach } = xero;
      if (!attach) throw new Error("Xero takes files");
      const bytes = Buffer.from("%PDF-1.4\n\u20ac \0 %%EOF");
      for (const record of [sale("D-20"), sale("D-21", { kind: "sales-credit-note" })]) {
        const document = { kind: record.kind, documentExternalId: await pushed(record) };
        const file = { ...document, fileName: "Delivery note, 1 & 2.pdf", mediaType: "application/pdf", bytes, key: "D-20" };
        expect(await exchange(attach.put, file)).toMatchObject({ status: "accepted" });
        expect(await exchange(attach.list, document)).toMatchObject([{ fileName: file.fileName, bytes: bytes.length }]);
        expect(await exchange(attach.put, { ...file, fileName: "a:b.pdf" })).toMatchObject({ status: "refused" });
      }
    });

    it("sends payments, refunds and journals, taken and refused, and finds them by document, reference and narration", async () => {
      const invoice = await pushed(sale("P-1"));
      const note = await pushed(sale("P-2", { kind: "sales-credit-note" }));
      const through = { accountExternalId: account("090") };
      const payment = aPayment({ ...through, documentExternalId: invoice });
      const refund = aPayment({ ...through, reference: "PAY-2", documentExternalId: note, direction: "sales-refund" });
      const tooLarge = aPayment({ ...through, reference: "PAY-3", documentExternalId: invoice, amountMinor: 100_000n });
      const wrongAccount = aPayment({ reference: "PAY-4", documentExternalId: invoice, accountExternalId: account("200") });
      const outcomes = await push(payment, refund, tooLarge, wrongAccount);
      expect(outcomes.map((one) => (one.status === "refused" ? one.error.code : one.status))).toEqual([
        "accepted",
        "accepted",
        "package.payment-too-large",
        "mapping.account-wrong-type",
      ]);
      const unknown = [payment, refund, tooLarge].map((sent) => aRef({ kind: "payment", reference: sent.reference, sent }));
      const found = await confirm("payment", ...unknown);
      expect(found.map((one) => one.recordId)).toEqual([payment.recordId, refund.recordId]);
      const known = await confirm("payment", aRef({ kind: "payment", externalId: found[0]?.externalId ?? "", sent: payment }));
      expect(known).toMatchObject([{ seen: { ...through, documentExternalId: invoice, packageReference: "PAY-1 Till 3" } }]);

      const legs = (code: string) => [
        { description: "", accountExternalId: account("469"), amountMinor: 100n },
        { description: "", accountExternalId: account(code), amountMinor: -100n },
      ];
      const journal = aJournal({ legs: legs("404") });
      const onDebtors = aJournal({ reference: "JNL-2", legs: legs("610") });
      expect((await push(journal, onDebtors)).map((one) => one.status)).toEqual(["accepted", "refused"]);
      const refs = [journal, onDebtors].map((sent) => aRef({ kind: "journal", reference: sent.reference, sent }));
      const [posted, ...others] = await confirm("journal", ...refs);
      expect([posted?.recordId, others]).toEqual([journal.recordId, []]);
      expect(
        await confirm("journal", aRef({ kind: "journal", externalId: posted?.externalId ?? "", sent: journal })),
      ).toHaveLength(1);
    });

    it("confirms by ids, by numbers, by pages, one by one and by a filter", async () => {
      const ids = new Map<string, string>();
      for (const from of [0, 40]) {
        const batch = Array.from({ length: from === 0 ? 40 : 2 }, (_, index) => sale(`E-${from + index}`));
        const outcomes = await push(...batch);
        outcomes.forEach((one, index) => {
          ids.set(batch[index]?.number ?? "", one.status === "accepted" ? one.externalId : "");
        });
      }
      const known = [...ids].map(([reference, externalId]) => aRef({ reference, externalId, contactExternalId: customer }));
      expect(await confirm("sales-invoice", ...known)).toHaveLength(42);
      expect(await confirm("sales-invoice", ...known.slice(0, 3))).toHaveLength(3);
      expect(await confirm("sales-invoice", aRef({ reference: "D-1" }), aRef({ reference: "never, sent" }))).toHaveLength(1);
      expect(await confirm("bill", aRef({ kind: "bill", reference: "D-2", contactExternalId: supplier }))).toHaveLength(1);
      const note = aRef({ kind: "sales-credit-note", reference: "D-3" });
      const [sighting] = await confirm("sales-credit-note", note);
      expect(await confirm("sales-credit-note", { ...note, externalId: sighting?.externalId ?? "" })).toHaveLength(1);
      const absent = { ...note, externalId: "9ce62c4d-1f4a-4b52-8d5c-1d9f9a3c7777" };
      expect(await confirm("sales-credit-note", absent)).toHaveLength(0);
      const notes = Array.from({ length: 5 }, (_, index) => ({ ...absent, recordId: `n${index}` }));
      await confirm("sales-credit-note", ...notes);
      const product = aRef({ kind: "product", reference: "85123A", contactExternalId: null });
      const [item] = await confirm("product", product);
      expect(await confirm("product", { ...product, externalId: item?.externalId ?? "" })).toHaveLength(1);
      await confirm("product", ...Array.from({ length: 12 }, (_, index) => ({ ...product, recordId: `p${index}` })));
      const contact = aRef({ kind: "customer", reference: "C-1", contactExternalId: null });
      expect(await confirm("customer", contact)).toHaveLength(1);
      expect(await confirm("customer", { ...contact, externalId: customer })).toHaveLength(1);
      await control.editContact(tenantId, "C-2", { mergedInto: "C-1" });
      await confirm("supplier", aRef({ kind: "supplier", reference: "C-2", externalId: supplier, contactExternalId: null }));
      await confirm("customer", ...Array.from({ length: 12 }, (_, index) => ({ ...contact, recordId: `c${index}` })));
    });

    it("pulls payments: single, of a batch, refunds, deleted, overpaid and prepaid", async () => {
      await control.pay(tenantId, { number: "E-1", amount: "10.00", reference: "DD 1" });
      await control.pay(tenantId, { number: "D-2", amount: "24.30" });
      await control.pay(tenantId, { number: "D-3", amount: "5.00", reference: "Refund" });
      await control.pay(tenantId, {
        numbers: [
          { number: "E-2", amount: "24.30" },
          { number: "E-3", amount: "24.30" },
        ],
        reference: "One deposit",
      });
      const overpaid = (await control.pay(tenantId, { contact: "C-1", amount: "50.00" })).id;
      const prepaid = idIn(
        await call("PUT", "BankTransactions?summarizeErrors=false&unitdp=4", {
          BankTransactions: [
            {
              Type: "RECEIVE-PREPAYMENT",
              Contact: { ContactID: customer },
              BankAccount: { Code: "090" },
              Date: "2026-11-03",
              LineAmountTypes: "Inclusive",
              LineItems: [{ Description: "Deposit", Quantity: 1, UnitAmount: 120, AccountCode: "200", TaxType: "OUTPUT2" }],
            },
          ],
        }),
        "BankTransactions",
        "PrepaymentID",
      );
      const paid = await call("PUT", "Payments?summarizeErrors=false", {
        Payments: [
          { Overpayment: { OverpaymentID: overpaid }, Account: { Code: "090" }, Date: "2026-11-04", Amount: 7.5 },
          { Prepayment: { PrepaymentID: prepaid }, Account: { Code: "090" }, Date: "2026-11-04", Amount: 12 },
          { Invoice: { InvoiceNumber: "E-4" }, Account: { Code: "090" }, Date: "2026-11-04", Amount: 24.3 },
          { Invoice: { InvoiceNumber: "E-4" }, Account: { Code: "090" }, Date: "2026-11-04", Amount: 24.3 },
        ],
      });
      const deleted = idIn(paid, "Payments", "PaymentID", 2);
      await call("POST", `Payments/${deleted}`, { Status: "DELETED" });
      await call("PUT", `Overpayments/${overpaid}/Allocations?summarizeErrors=false`, {
        Allocations: [{ Invoice: { InvoiceID: await idOf("E-5") }, Amount: 10, Date: "2026-11-05" }],
      });
      await call("PUT", `Prepayments/${prepaid}/Allocations?summarizeErrors=false`, {
        Allocations: [{ Invoice: { InvoiceID: await idOf("E-5") }, Amount: 10, Date: "2026-11-05" }],
      });
      const pulled = await pull();
      expect(new Set(pulled.map((one) => one.kind))).toEqual(new Set(["receipt", "payment-out", "sales-refund"]));
      expect(pulled.filter((one) => one.groupExternalId !== null)).toHaveLength(2);
      // Documents with all of that upon them.
      expect(await confirm("sales-invoice", ...["E-1", "E-2", "E-5"].map((reference) => aRef({ reference })))).toHaveLength(3);
    });

    async function idOf(number: string): Promise<string> {
      return (await control.ledger(tenantId)).documents.find((one) => one.number === number)?.id ?? "";
    }

    it("is answered by the simulator in Xero's words where it does not ask yet", async () => {
      const note = await idOf("D-3");
      const allocation = idIn(
        await call("PUT", `CreditNotes/${note}/Allocations?summarizeErrors=false`, {
          Allocations: [{ Invoice: { InvoiceID: await idOf("E-6") }, Amount: 5, Date: "2026-11-05" }],
        }),
        "Allocations",
        "AllocationID",
      );
      await call("GET", `CreditNotes/${note}?unitdp=4`);
      await call("DELETE", `CreditNotes/${note}/Allocations/${allocation}`);
      const invoice = await idOf("E-7");
      await call("GET", `Invoices/${invoice}?unitdp=4`);
      await call("POST", `Invoices/${invoice}?unitdp=4`, { Invoices: [{ InvoiceID: invoice, Status: "VOIDED" }] });
      await call("PUT", `Invoices/${invoice}/History`, { HistoryRecords: [{ Details: "Sent from the warehouse" }] });
      await call("GET", `Invoices/${invoice}/History`);
      await call("GET", "Invoices?summaryOnly=true&page=1&pageSize=5&Statuses=PAID,VOIDED&order=Date");
      await call("GET", "Invoices?where=Nonsense((");
      await call("PUT", "Invoices", { Invoices: [{ Type: "ACCREC", Contact: { ContactID: customer } }] });
      const batch = idIn(
        await call("PUT", "BatchPayments?summarizeErrors=false", {
          BatchPayments: [
            {
              Account: { Code: "090" },
              Date: "2026-11-05",
              Reference: "One deposit",
              Payments: [{ Invoice: { InvoiceID: await idOf("E-8") }, Amount: 24.3 }],
            },
          ],
        }),
        "BatchPayments",
        "BatchPaymentID",
      );
      await call("GET", `BatchPayments/${batch}`);
      await call("GET", "BatchPayments");
      await call("GET", "Payments?page=1&pageSize=2", undefined, { "If-Modified-Since": "2026-01-01T00:00:00Z" });
      await call("GET", "BankTransactions?page=1&unitdp=4");
      await call("GET", "Overpayments?page=1&unitdp=4");
      await call("GET", "Prepayments?page=1&unitdp=4");
      await call("PUT", "ManualJournals?summarizeErrors=false", {
        ManualJournals: [
          {
            Narration: "Wages",
            Date: "2026-11-30",
            Status: "POSTED",
            JournalLines: [
              { LineAmount: 100, AccountCode: "429" },
              { LineAmount: -100, AccountCode: "320" },
            ],
          },
          { Narration: "Lopsided", Date: "2026-11-30", JournalLines: [{ LineAmount: 100, AccountCode: "429" }] },
        ],
      });
      await call("GET", "ManualJournals?page=1");
      const category = idIn(
        await call("PUT", "TrackingCategories", { Name: "Region" }),
        "TrackingCategories",
        "TrackingCategoryID",
      );
      await call("PUT", `TrackingCategories/${category}/Options`, { Name: "North" });
      await call("GET", "TrackingCategories");
      await call("GET", "Organisation/Actions");
      await call("GET", "Reports/TrialBalance?date=2026-11-30");
      await call("GET", "Accounts", undefined, { "If-Modified-Since": "2026-01-01T00:00:00Z" });
      await call("GET", "Contacts");
      await call("GET", "Items?unitdp=4");
    });

    it("is told off in every way that the description leaves out", async () => {
      const message = () => xero.push.ask({ connection, records: [sale(`F-${++serial}`)] }, connection, "F");
      const struck = async (fault: FaultOrder) => {
        await control.faults(tenantId, [fault]);
        const answer = await ask(message());
        await control.faults(tenantId, []);
        return answer.status;
      };
      expect(await struck({ name: "P01", call: 1, retryAfter: 1 })).toBe(429);
      expect(await struck({ name: "P03", call: 1 })).toBe(429);
      expect(await struck({ name: "P06", call: 1 })).toBe(500);
      expect(await struck({ name: "P07", call: 1 })).toBe(503);
      const reader = (await control.tokens([tenantId], { scope: "offline_access accounting.invoices.read" })).access_token;
      expect((await ask(message(), { token: reader })).status).toBe(401);
      expect((await ask(message(), { token: "no-token-of-xeros" })).status).toBe(401);
      const elsewhere = { ...connection, tenantId: "9ce62c4d-1f4a-4b52-8d5c-1d9f9a3c0007" };
      expect((await ask(message(), { to: elsewhere })).status).toBe(403);
      const once = message();
      await ask(once, { key: "the same key" });
      expect((await ask(message(), { key: "the same key" })).status).toBe(400);
      expect(await struck({ name: "P20", call: 1 })).toBe(401);
      tokens = await refreshTokens("xero", app, tokens.refreshToken ?? "");
    });

    it("disconnects", async () => {
      const [tenant] = await xeroConsent.listTenants({ accessToken: tokens.accessToken, returned: new URLSearchParams() }, app);
      await xeroConsent.removeTenant?.(tokens.accessToken, tenant?.remoteConnectionId ?? "", app);
      await xeroConsent.removeTenant?.(tokens.accessToken, tenant?.remoteConnectionId ?? "", app);
      await revokeTokens("xero", app, tokens.refreshToken ?? "");
    });
  });

  describe("held against the description", () => {
    let accounting: Description;
    let identity: Description;
    const bySdk = (one: Recorded) => one.headers["user-agent"]?.startsWith("xero-node") ?? false;
    const isAccounting = (one: Recorded) => one.path.startsWith("/api.xro/2.0/");
    let departures: readonly Departure[] = [];
    const operations = new Map<string, Set<"connector" | "test">>();

    beforeAll(async () => {
      accounting = await Description.read(ACCOUNTING ?? "");
      identity = await Description.read(IDENTITY ?? "");
      const found: Departure[] = [];
      for (const one of seen) {
        if (isAccounting(one) || identity.covers(one.path)) {
          const checked = (isAccounting(one) ? accounting : identity).check(one);
          found.push(...checked.departures);
          if (checked.operation === null) continue;
          const by = operations.get(checked.operation) ?? new Set();
          operations.set(checked.operation, by.add(bySdk(one) || !isAccounting(one) ? "connector" : "test"));
        } else if (one.path === "/connect/token" && one.answer?.status === 200) {
          found.push(...identity.checkValue(JSON.parse(one.answer.body), "AccessToken", "answer"));
          const form = new URLSearchParams(one.body);
          if (form.get("grant_type") === "refresh_token") {
            found.push(...identity.checkValue(Object.fromEntries(form), "RefreshToken", "request"));
          }
        }
      }
      departures = found;
    });

    it("has seen every call that the connector makes", () => {
      const made = [...operations].filter(([, by]) => by.has("connector")).map(([operation]) => operation);
      expect(made.sort()).toEqual([...CALLS].sort());
    });

    it("finds nothing that is not a known gap of the description", () => {
      const unknown = departures.filter((one) => !GAPS.some((gap) => covers(gap, one)));
      const lines = unknown.map((one) => `${one.side} ${one.rule} ${one.place} | ${one.said}`);
      expect([...new Set(lines)]).toEqual([]);
    });

    it("still needs every gap on the list", () => {
      const idle = GAPS.filter((gap) => !departures.some((one) => covers(gap, one)));
      expect(idle.map((gap) => `${gap.side} ${gap.rule} ${gap.place}: ${gap.why} (${gap.source})`)).toEqual([]);
    });

    it.each<[what: string, where: string, change: (call: Recorded) => Recorded]>([
      ["another path", "no-such-path PUT /Invoice", (call) => ({ ...call, path: call.path.replace("Invoices", "Invoice") })],
      ["another method", "no-such-method PATCH /Invoices", (call) => ({ ...call, method: "PATCH" })],
      [
        "an unknown parameter",
        "no-such-parameter PUT /Invoices pageSize",
        (call) => ({ ...call, path: `${call.path}&pageSize=1` }),
      ],
      [
        "a parameter of another type",
        "type PUT /Invoices unitdp",
        (call) => ({ ...call, path: call.path.replace("=4", "=four") }),
      ],
      [
        "an unknown header",
        "no-such-parameter PUT /Invoices if-match",
        (call) => ({ ...call, headers: { ...call.headers, "if-match": "1" } }),
      ],
      [
        "no organisation",
        "missing PUT /Invoices xero-tenant-id",
        ({ headers: { "xero-tenant-id": _, ...headers }, ...call }) => ({ ...call, headers }),
      ],
      [
        "no token",
        "missing PUT /Invoices authorization",
        ({ headers: { authorization: _, ...headers }, ...call }) => ({ ...call, headers }),
      ],
      [
        "an unknown member",
        "no-such-property Invoice.Due",
        (call) => ({ ...call, body: call.body.replace('"DueDate"', '"Due"') }),
      ],
      [
        "an amount as text",
        "type LineItem.TaxAmount",
        (call) => ({ ...call, body: call.body.replace(/"TaxAmount":([\d.]+)/, '"TaxAmount":"$1"') }),
      ],
      ["an unknown word", "enum Invoice.Status", (call) => ({ ...call, body: call.body.replace('"AUTHORISED"', '"APPROVED"') })],
      [
        "an id that is none",
        "format Contact.ContactID",
        (call) => ({ ...call, body: call.body.replace(/("ContactID":")[^"]+/, "$1C-1") }),
      ],
      [
        "a date with a time",
        "format Invoice.Date",
        (call) => ({ ...call, body: call.body.replace(/("Date":"[^"]+)/, "$1T00:00:00") }),
      ],
      [
        "what only Xero sets",
        "read-only Invoice.HasAttachments",
        (call) => ({ ...call, body: call.body.replace('"Type"', '"HasAttachments":true,"Type"') }),
      ],
    ])("would notice %s in a request", (_what, where, change) => {
      const good = seen.find(
        (one) => bySdk(one) && one.method === "PUT" && one.path.includes("/Invoices") && one.answer?.status === 200,
      );
      if (!good) throw new Error("no invoice was sent");
      const found = accounting.check(change({ ...good, answer: null })).departures;
      expect(found.map((one) => `${one.rule} ${one.place}`)).toEqual([where]);
    });

    it.each<[what: string, where: string, from: string | RegExp, to: string]>([
      ["a date without its slashes", "format Invoice.Date", /("Date":")[^"]+/, "$12026-11-02"],
      ["a date that is no midnight", "format Invoice.Date", /("Date":"[^"]+)0\+/, "$11+"],
      ["an amount as text", "type Invoice.Total", /"Total":([\d.]+)/, '"Total":"$1"'],
      ["null", "type Invoice.Url", /"Url":"[^"]+"/, '"Url":null'],
      ["a name in another case", "no-such-property Invoice.invoiceID", '"InvoiceID"', '"invoiceID"'],
      ["no list", "type Invoice.Payments", '"Payments":[]', '"Payments":{}'],
      ["half an answer", "not-json PUT /Invoices 200", /.{9}$/, ""],
    ])("would notice %s in an answer", (_what, where, from, to) => {
      const good = seen.find(
        (one) => bySdk(one) && one.method === "PUT" && one.path.includes("/Invoices") && one.answer?.status === 200,
      );
      if (!good?.answer) throw new Error("no invoice was sent");
      const answer = { ...good.answer, body: good.answer.body.replace(from, to) };
      const found = accounting.check({ ...good, answer }).departures.filter((one) => !GAPS.some((gap) => covers(gap, one)));
      expect(found.map((one) => `${one.rule} ${one.place}`)).toEqual([where]);
    });

    it.each(BEYOND)("answers $status in the form that was seen live (xero.md $source)", ({ status, type, body, headers }) => {
      const answers = seen.flatMap((one) => (isAccounting(one) && one.answer?.status === status ? [one.answer] : []));
      expect(answers.length).toBeGreaterThan(0);
      for (const answer of answers) {
        expect(answer.headers["content-type"]?.split(";")[0] ?? "").toBe(type);
        expect(answer.body).toMatch(body);
        for (const [name, value] of Object.entries(headers ?? {})) expect(answer.headers[name] ?? "").toMatch(value);
      }
    });

    it("answers every 400 with the described error, whether or not the call has one described", () => {
      const refused = seen.flatMap((one) => (isAccounting(one) && one.answer?.status === 400 ? [one.answer.body] : []));
      expect(refused.length).toBeGreaterThan(0);
      for (const body of refused) {
        const found = accounting.checkValue(JSON.parse(body), "Error", "answer");
        expect(found.filter((one) => !GAPS.some((gap) => covers(gap, one)))).toEqual([]);
      }
    });

    it("asks for JSON each time, and writes under a key of at most 128 characters (xero.md 1.1, 3.3)", () => {
      const calls = seen.filter(isAccounting);
      expect(calls.filter((one) => !one.headers.accept?.includes("application/json"))).toEqual([]);
      const writes = calls.filter((one) => one.method === "PUT" || one.method === "POST");
      expect(writes.filter((one) => !/^.{1,128}$/.test(one.headers["idempotency-key"] ?? ""))).toEqual([]);
      const ofElements = writes.filter((one) => bySdk(one) && !one.path.includes("/Attachments/"));
      expect(ofElements.filter((one) => !one.path.includes("summarizeErrors=false"))).toEqual([]);
    });

    it("signs in by the two addresses that no description has, and by no other (xero.md 1.1)", () => {
      const left = seen.filter((one) => !isAccounting(one) && !identity.covers(one.path)).map((one) => one.path.split("?")[0]);
      expect(new Set(left)).toEqual(new Set(["/identity/connect/authorize", "/connect/token", "/connect/revocation"]));
    });
  });
});

/** The id of an element of a simulator's answer. */
function idIn(answer: RawAnswer, plural: string, name: string, at = 0): string {
  const body: Record<string, Record<string, string>[]> = JSON.parse(answer.body);
  const id = body[plural]?.[at]?.[name];
  if (id === undefined) throw new Error(`${answer.status} without ${name}: ${answer.body.slice(0, 300)}`);
  return id;
}
