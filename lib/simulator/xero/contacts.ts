import { randomUUID } from "node:crypto";
import { amount, minor } from "#lib/simulator/core/decimal.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import { listOf, refuse, textOf, type WriteContext, type Written, wordOf } from "#lib/simulator/xero/element.ts";
import { type Listing, listed } from "#lib/simulator/xero/listing.ts";
import type { Contact } from "#lib/simulator/xero/records.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import { plain } from "#lib/simulator/xero/where.ts";
import { moment, num, type Wire, type WireObject } from "#lib/simulator/xero/wire.ts";

const ARCHIVED_EDIT =
  "The specified contact details matched an archived contact. Archived contacts cannot currently be edited via the API.";
const ARCHIVED_USE =
  "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes";
const UNNAMED =
  "The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, ContactNumber";

function activeContactNamed(tenant: Tenant, name: string): Contact | undefined {
  return tenant.contacts.find("name", fold(name)).find((contact) => contact.status === "ACTIVE");
}

/** PUT creates, POST creates or updates, by id, number, then name. @throws {ElementRefused} */
export function writeContact(context: WriteContext, sent: WireObject): Written {
  const { tenant } = context;
  const id = textOf(sent, "ContactID") ?? null;
  const number = textOf(sent, "ContactNumber") || null;
  const name = textOf(sent, "Name") ?? null;
  if (id === null && number === null && name === null) refuse(UNNAMED);
  let old: Contact | undefined;
  if (!context.createOnly) {
    if (id !== null) old = tenant.contacts.get(id.toLowerCase());
    else {
      old = number === null ? undefined : preferActive(tenant.contacts.find("number", fold(number)));
      const named = name === null ? undefined : activeContactNamed(tenant, name);
      if (old === undefined && named !== undefined && (named.number === null || number === null)) old = named;
    }
    if (id !== null && old === undefined) refuse("The Contact with the specified ContactID could not be found");
  }
  if (old !== undefined && old.status !== "ACTIVE") refuse(ARCHIVED_EDIT);
  const contact = merged(context, old, sent);
  checkContact(tenant, contact, old);
  tenant.contacts.put(contact);
  return { wire: wireContact(tenant, contact, true), warnings: [], ids: [contact.id] };
}

function preferActive(found: Contact[]): Contact | undefined {
  return found.find((contact) => contact.status === "ACTIVE") ?? found[0];
}

function checkContact(tenant: Tenant, contact: Contact, old: Contact | undefined): void {
  const errors: string[] = [];
  if (contact.name.trim() === "") errors.push("The Contact Name must be specified");
  if (contact.name.length > 255) errors.push("The Contact Name must be 255 characters or fewer");
  if (/[<>]/.test(contact.name)) errors.push("The Contact Name cannot contain the characters < or >");
  if (contact.name !== contact.name.trim() || contact.name.includes("  ")) {
    errors.push("The Contact Name cannot have leading, trailing or consecutive spaces");
  }
  if (contact.number !== null && contact.number.length > 50) errors.push("The Contact Number must be 50 characters or fewer");
  if (contact.accountNumber !== null && contact.accountNumber.length > 50)
    errors.push("The Account Number must be 50 characters or fewer");
  if (contact.email !== null && contact.email !== "" && !/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(contact.email)) {
    errors.push("Email address must be valid.");
  }
  const named = activeContactNamed(tenant, contact.name);
  if (named !== undefined && named.id !== contact.id && contact.status === "ACTIVE") {
    errors.push(
      `The contact name ${contact.name} is already assigned to another contact. The contact name must be unique across all active contacts.`,
    );
  }
  const numbered = contact.number === null ? [] : tenant.contacts.find("number", fold(contact.number));
  if (contact.number !== old?.number && numbered.some((other) => other.id !== contact.id)) {
    errors.push(
      `The contact number ${contact.number} is already assigned to another contact. The contact number must be unique.`,
    );
  }
  if (errors.length > 0) refuse(...errors);
}

function stringsOf(sent: WireObject, name: string): Record<string, string>[] | undefined {
  return listOf(sent, name)?.map((element) => {
    const strings: Record<string, string> = {};
    for (const key in element) {
      const text = typeof element[key] === "object" ? undefined : textOf(element, key);
      if (text != null) strings[key] = text;
    }
    return strings;
  });
}

function merged(context: WriteContext, old: Contact | undefined, sent: WireObject): Contact {
  const keep = (name: string, before: string | null | undefined) => {
    const given = textOf(sent, name);
    return given === undefined ? (before ?? null) : given === "" ? null : given;
  };
  const byType = (name: string, key: string, before: Record<string, string>[] | undefined) => {
    const given = stringsOf(sent, name);
    if (given === undefined) return before ?? [];
    const kept = (before ?? []).filter((one) => !given.some((other) => other[key] === one[key]));
    return [...kept, ...given];
  };
  const status = wordOf(sent, "ContactStatus", ["ACTIVE", "ARCHIVED", "GDPRREQUEST"], "ContactStatus");
  return {
    id: old?.id ?? randomUUID(),
    updatedAt: context.now,
    number: keep("ContactNumber", old?.number),
    accountNumber: keep("AccountNumber", old?.accountNumber),
    name: textOf(sent, "Name") ?? old?.name ?? "",
    status: status === "ARCHIVED" || status === "GDPRREQUEST" ? status : "ACTIVE",
    firstName: keep("FirstName", old?.firstName),
    lastName: keep("LastName", old?.lastName),
    email: keep("EmailAddress", old?.email),
    taxNumber: keep("TaxNumber", old?.taxNumber),
    companyNumber: keep("CompanyNumber", old?.companyNumber),
    website: keep("Website", old?.website),
    currency: keep("DefaultCurrency", old?.currency),
    salesAccount: keep("SalesDefaultAccountCode", old?.salesAccount),
    purchasesAccount: keep("PurchasesDefaultAccountCode", old?.purchasesAccount),
    salesTax: keep("AccountsReceivableTaxType", old?.salesTax),
    purchasesTax: keep("AccountsPayableTaxType", old?.purchasesTax),
    persons: stringsOf(sent, "ContactPersons") ?? old?.persons ?? [],
    addresses: byType("Addresses", "AddressType", old?.addresses),
    phones: byType("Phones", "PhoneType", old?.phones),
    isCustomer: old?.isCustomer ?? false,
    isSupplier: old?.isSupplier ?? false,
    mergedTo: old?.mergedTo ?? null,
  };
}

/**
 * The contact that a document names. Other fields beside the id change the contact, as at Xero; a name that nobody has makes one.
 * `commit` does that, once the rest of the document has passed.
 *
 * @throws {ElementRefused}
 */
export function contactFor(context: WriteContext, sent: WireObject | undefined): { contact: Contact; commit: () => void } {
  if (sent === undefined) return refuse("A Contact must be specified for this type of transaction");
  const { tenant } = context;
  const id = textOf(sent, "ContactID") || null;
  const number = textOf(sent, "ContactNumber") || null;
  const name = textOf(sent, "Name") || null;
  if (id === null && number === null && name === null) refuse(UNNAMED);
  let old: Contact | undefined;
  if (id !== null) {
    old = tenant.contacts.get(id.toLowerCase());
    if (old === undefined) refuse("A Contact must be specified for this type of transaction");
  } else {
    if (number !== null) old = preferActive(tenant.contacts.find("number", fold(number)));
    if (old === undefined && name !== null) old = preferActive(tenant.contacts.find("name", fold(name)));
  }
  if (old !== undefined && old.status !== "ACTIVE") refuse(ARCHIVED_USE);
  const changes = Object.keys(sent).some((key) => {
    const lower = key.toLowerCase();
    if (["contactid", "validationerrors", "haserrors", "hasvalidationerrors"].includes(lower) || sent[key] == null) return false;
    if (lower === "name") return textOf(sent, "Name") !== old?.name;
    if (lower === "contactnumber") return textOf(sent, "ContactNumber") !== old?.number;
    return true;
  });
  if (old !== undefined && !changes) return { contact: old, commit: () => undefined };
  const contact = merged(context, old, sent);
  checkContact(tenant, contact, old);
  return { contact, commit: () => tenant.contacts.put(contact) };
}

/** A contact's first sale makes it a customer, its first bill a supplier; neither moves its modification date. */
export function markTrading(tenant: Tenant, contactId: string, side: "sales" | "purchases"): void {
  const contact = tenant.contacts.get(contactId);
  if (contact === undefined) return;
  if (side === "sales" && !contact.isCustomer) tenant.contacts.put({ ...contact, isCustomer: true });
  if (side === "purchases" && !contact.isSupplier) tenant.contacts.put({ ...contact, isSupplier: true });
}

function balances(tenant: Tenant, contact: Contact): Wire {
  let receivable = 0n;
  let payable = 0n;
  for (const one of tenant.invoices.find("contact", contact.id)) {
    if (one.status !== "AUTHORISED") continue;
    const due = minor(one.total) - minor(one.paid) - minor(one.credited);
    if (one.type === "ACCREC") receivable += due;
    else payable += due;
  }
  if (receivable === 0n && payable === 0n) return undefined;
  return {
    AccountsReceivable: { Outstanding: num(amount(receivable)), Overdue: num("0.00") },
    AccountsPayable: { Outstanding: num(amount(payable)), Overdue: num("0.00") },
  };
}

export function wireContact(tenant: Tenant, contact: Contact, full: boolean, withBalances = false): WireObject {
  const text = (value: string | null) => value ?? undefined;
  const slim: WireObject = {
    ContactID: contact.id,
    ContactNumber: text(contact.number),
    AccountNumber: text(contact.accountNumber),
    ContactStatus: contact.status,
    Name: contact.name,
    FirstName: text(contact.firstName),
    LastName: text(contact.lastName),
    CompanyNumber: text(contact.companyNumber),
    EmailAddress: contact.email ?? "",
    TaxNumber: text(contact.taxNumber),
    BankAccountDetails: "",
    AccountsReceivableTaxType: text(contact.salesTax),
    AccountsPayableTaxType: text(contact.purchasesTax),
  };
  const types = (all: readonly string[], key: string, given: Record<string, string>[]): Wire[] =>
    all.map((type): WireObject => given.find((one) => one[key] === type) ?? { [key]: type });
  if (full) {
    slim.Addresses = types(["STREET", "POBOX"], "AddressType", contact.addresses);
    slim.Phones = types(["DDI", "DEFAULT", "FAX", "MOBILE"], "PhoneType", contact.phones);
    slim.DefaultCurrency = text(contact.currency);
    slim.Website = text(contact.website);
    slim.SalesDefaultAccountCode = text(contact.salesAccount);
    slim.PurchasesDefaultAccountCode = text(contact.purchasesAccount);
    slim.ContactPersons = contact.persons.map((person): WireObject => ({ ...person }));
    slim.ContactGroups = [];
    slim.MergedToContactID = text(contact.mergedTo);
    if (withBalances) slim.Balances = balances(tenant, contact);
  }
  slim.UpdatedDateUTC = moment(contact.updatedAt);
  slim.IsSupplier = contact.isSupplier;
  slim.IsCustomer = contact.isCustomer;
  slim.HasAttachments = false;
  slim.HasValidationErrors = false;
  return slim;
}

export function contactListing(tenant: Tenant): Listing<Contact> {
  return {
    plural: "Contacts",
    collection: tenant.contacts,
    paged: true,
    indices: { contactid: "id", name: "name", contactnumber: "number" },
    read: (one, field) => {
      const values: Record<string, string | number | boolean | null> = {
        contactid: one.id,
        name: one.name,
        contactnumber: one.number,
        accountnumber: one.accountNumber,
        emailaddress: one.email,
        contactstatus: one.status,
        firstname: one.firstName,
        lastname: one.lastName,
        taxnumber: one.taxNumber,
        iscustomer: one.isCustomer,
        issupplier: one.isSupplier,
        updateddateutc: one.updatedAt,
      };
      return values[field];
    },
    select: (query) => listed(query, "IDs")?.flatMap((id) => tenant.contacts.get(id.toLowerCase()) ?? []) ?? null,
    filter: (query) => {
      const archived = query.get("includeArchived")?.toLowerCase() === "true" || listed(query, "IDs") !== null;
      const term = query.get("searchTerm")?.trim();
      if (archived && !term) return undefined;
      const wanted = plain(term ?? "");
      return (one) =>
        (archived || one.status === "ACTIVE") &&
        (wanted === "" ||
          [one.name, one.firstName, one.lastName, one.email, one.number].some(
            (text) => text !== null && plain(text).includes(wanted),
          ));
    },
    forcesPaging: (query) => query.get("summaryOnly")?.toLowerCase() === "true",
    wire: (one, how) => wireContact(tenant, one, how.full && !how.summary),
  };
}

/** By id, or by ContactNumber, as in a path. */
export function findContact(tenant: Tenant, key: string): Contact | undefined {
  return tenant.contacts.get(key.toLowerCase()) ?? preferActive(tenant.contacts.find("number", fold(key)));
}
