/** What the lines of a file are. */
export const FILE_KINDS = [
  "documents",
  "nominal-codes",
  "tax-codes",
  "customers",
  "suppliers",
  "product-groups",
  "products",
  "payments",
  "journals",
] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** What a column of a file can hold. */
export const FIELDS = [
  "type",
  "number",
  "reference",
  "date",
  "dueDate",
  "contactReference",
  "contactName",
  "email",
  "country",
  "currency",
  "product",
  "description",
  "quantity",
  "unitPrice",
  "net",
  "tax",
  "nominalCode",
  "taxCode",
  "status",
  "code",
  "name",
  "rate",
  "kind",
  "side",
  "terms",
  "group",
  "purchaseNominalCode",
  "stockNominalCode",
  "bankNominalCode",
  "amount",
  "allocateTo",
  "narration",
  "debit",
  "credit",
] as const;
export type Field = (typeof FIELDS)[number];

export const DATE_FORMATS = [
  "yyyy-mm-dd",
  "yyyymmdd",
  "dd/mm/yyyy",
  "dd.mm.yyyy",
  "dd-mm-yyyy",
  "mm/dd/yyyy",
  "mm-dd-yyyy",
  "dd mmm yyyy",
  "mmm dd, yyyy",
  "dd/mm/yy",
  "dd.mm.yy",
  "dd-mm-yy",
  "mm/dd/yy",
  "mm-dd-yy",
  "yy/mm/dd",
  "yy-mm-dd",
  "dd mmm yy",
] as const;
export type DateFormat = (typeof DATE_FORMATS)[number];

/** Fields that hold numbers: what they are written with is evidence of how the file writes its numbers. */
export const NUMBER_FIELDS: readonly Field[] = ["quantity", "unitPrice", "net", "tax", "rate", "amount", "debit", "credit"];

/** Fields that hold dates: each is evidence of which way round the file's dates stand. */
export const DATE_FIELDS: readonly Field[] = ["date", "dueDate"];

/** The staff's words for each field. */
export const FIELD_LABELS: Readonly<Record<Field, string>> = {
  type: "Type",
  number: "Number",
  reference: "Reference",
  date: "Date",
  dueDate: "Due date",
  contactReference: "Customer or supplier reference",
  contactName: "Customer or supplier name",
  email: "E-mail",
  country: "Country",
  currency: "Currency",
  product: "Product code",
  description: "Description",
  quantity: "Quantity",
  unitPrice: "Unit price",
  net: "Net",
  tax: "Tax",
  nominalCode: "Nominal code",
  taxCode: "Tax code",
  status: "Status",
  code: "Code",
  name: "Name",
  rate: "Rate",
  kind: "Kind",
  side: "Side",
  terms: "Terms",
  group: "Product group",
  purchaseNominalCode: "Purchase nominal code",
  stockNominalCode: "Stock nominal code",
  bankNominalCode: "Bank nominal code",
  amount: "Amount",
  allocateTo: "Document paid",
  narration: "Narration",
  debit: "Debit",
  credit: "Credit",
};

/** The columns that a file of each kind must have; a profile without them is refused. */
export const NEEDED_FIELDS: Readonly<Record<FileKind, readonly Field[]>> = {
  documents: ["number", "date", "contactReference"],
  "nominal-codes": ["code", "name", "type"],
  "tax-codes": ["code", "name", "rate"],
  customers: ["contactReference", "contactName"],
  suppliers: ["contactReference", "contactName"],
  "product-groups": ["code", "name"],
  products: ["product", "name"],
  payments: ["number", "date", "amount", "bankNominalCode", "allocateTo"],
  journals: ["number", "date", "nominalCode"],
};

/** What a file of each kind may have a column for, in the order in which people think of them. */
export const FIELDS_OF: Readonly<Record<FileKind, readonly Field[]>> = {
  documents: [
    "type",
    "number",
    "date",
    "dueDate",
    "contactReference",
    "contactName",
    "email",
    "country",
    "currency",
    "product",
    "description",
    "quantity",
    "unitPrice",
    "net",
    "tax",
    "nominalCode",
    "taxCode",
    "reference",
    "status",
  ],
  "nominal-codes": ["code", "name", "type"],
  "tax-codes": ["code", "name", "rate", "kind", "side"],
  customers: ["contactReference", "contactName", "email", "country", "terms"],
  suppliers: ["contactReference", "contactName", "email", "country", "terms"],
  "product-groups": ["code", "name", "nominalCode", "purchaseNominalCode", "taxCode"],
  products: ["product", "name", "description", "group", "nominalCode", "purchaseNominalCode", "stockNominalCode", "taxCode"],
  payments: ["number", "date", "allocateTo", "amount", "bankNominalCode", "type", "contactReference", "currency", "reference"],
  journals: ["number", "date", "narration", "nominalCode", "debit", "credit", "amount", "description"],
};

export const FILE_KIND_LABELS: Readonly<Record<FileKind, string>> = {
  documents: "Invoices, bills and credit notes",
  "nominal-codes": "Nominal codes",
  "tax-codes": "Tax codes",
  customers: "Customers",
  suppliers: "Suppliers",
  "product-groups": "Product groups",
  products: "Products",
  payments: "Payments",
  journals: "Journals",
};
