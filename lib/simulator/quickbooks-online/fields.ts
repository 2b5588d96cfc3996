/** Everything that is kept here, by its name on the wire. */
export const ENTITIES = [
  "Account",
  "TaxRate",
  "TaxCode",
  "Customer",
  "Vendor",
  "Item",
  "Invoice",
  "Bill",
  "CreditMemo",
  "VendorCredit",
  "Payment",
  "BillPayment",
  "JournalEntry",
] as const;
export type Entity = (typeof ENTITIES)[number];

export const isEntity = (name: string): name is Entity => ENTITIES.some((one) => one === name);

/** What may be inactive, and is then left out of a list that does not ask for it. */
export const NAME_LISTS: readonly Entity[] = ["Account", "TaxRate", "TaxCode", "Customer", "Vendor", "Item"];
export const SALES: readonly Entity[] = ["Invoice", "CreditMemo"];
export const PURCHASES: readonly Entity[] = ["Bill", "VendorCredit"];
export const MONEY: readonly Entity[] = ["Payment", "BillPayment"];

const words = (text: string): string[] => text.split(" ");
const EVERY = ["Id", "SyncToken", "sparse", "domain", "MetaData", "status", "CustomField"];
const TXN = [...EVERY, "DocNumber", "TxnDate", "CurrencyRef", "ExchangeRate", "PrivateNote", "Line", "TxnTaxDetail", "LinkedTxn"];
const NAME = [
  ...EVERY,
  ...words(
    "DisplayName CompanyName GivenName FamilyName PrintOnCheckName PrimaryPhone PrimaryEmailAddr WebAddr BillAddr ShipAddr Notes Active CurrencyRef AcctNum Taxable",
  ),
];
const SALE = [
  ...TXN,
  ...words(
    "CustomerRef DueDate GlobalTaxCalculation PrintStatus EmailStatus BillEmail CustomerMemo SalesTermRef BillAddr ShipAddr ClassRef DepartmentRef ApplyTaxAfterDiscount",
  ),
];
const PURCHASE = [...TXN, ...words("VendorRef APAccountRef GlobalTaxCalculation DueDate SalesTermRef DepartmentRef")];

/** What each entity takes, of Intuit's published schema (Apache-2.0): anything else is refused as a property that it does not know. */
export const FIELDS: Readonly<Partial<Record<Entity, readonly string[]>>> = {
  Customer: [...NAME, "ParentRef", "Job", "PreferredDeliveryMethod", "SalesTermRef"],
  Vendor: [...NAME, "TermRef", "Vendor1099", "TaxIdentifier"],
  Item: [
    ...EVERY,
    ...words("Name Sku Description Active Type IncomeAccountRef ExpenseAccountRef UnitPrice Taxable SalesTaxCodeRef"),
  ],
  Invoice: [...SALE, "AllowOnlineACHPayment", "AllowOnlineCreditCardPayment", "AllowOnlinePayment", "AllowIPNPayment"],
  CreditMemo: SALE,
  Bill: PURCHASE,
  VendorCredit: PURCHASE,
  Payment: [
    ...TXN,
    ...words("CustomerRef DepositToAccountRef PaymentMethodRef PaymentRefNum TotalAmt UnappliedAmt ProcessPayment ARAccountRef"),
  ],
  BillPayment: [...TXN, ...words("VendorRef PayType CheckPayment CreditCardPayment TotalAmt APAccountRef DepartmentRef")],
  JournalEntry: [...TXN, "Adjustment", "GlobalTaxCalculation"],
};
