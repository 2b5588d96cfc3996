import type { PlaceId } from "./places.ts";
import type { ScreenId } from "./routes.ts";

/** A panel, a column, a button or a status, by the words that the screen shows. */
export interface Part {
  readonly name: string;
  readonly text: string;
}

/** What help says of one screen. Texts say "the package" where the client's own package has its name. */
export interface ScreenHelp {
  readonly title: string;
  readonly what: string;
  /** Its panels and buttons; each name is one that the screen shows, which a test looks for. */
  readonly parts: readonly Part[];
  /** What its statuses mean. */
  readonly statuses: readonly Part[];
  /** The usual way through, in order. */
  readonly steps: readonly string[];
  readonly keys: readonly { readonly keys: readonly string[]; readonly does: string }[];
  /** Screens that go with it. */
  readonly places: readonly PlaceId[];
}

const GRID_KEYS: ScreenHelp["keys"] = [
  { keys: ["↑", "↓"], does: "Move from row to row" },
  { keys: ["Space"], does: "Select the row; the row turns green" },
  { keys: ["Shift ↓"], does: "Extend the selection" },
  { keys: ["Ctrl A"], does: "Select all rows in the list, including those not loaded yet" },
  { keys: ["Esc"], does: "Clear the selection" },
];
const SEARCH: ScreenHelp["keys"][number] = { keys: ["Ctrl K"], does: "Search: records, clients and help" };

/** What every list can. */
const LIST_STEP = "Sort by a column's heading, filter above the list, and download the list as CSV or XLSX, or print it.";

const NONE = { parts: [], statuses: [], steps: [], keys: [SEARCH], places: [] } as const;

/** Every screen's help, by the same names as their addresses in `SCREEN_ROUTES`: one without a text is a type error. */
export const SCREENS = {
  clients: {
    ...NONE,
    title: "Clients",
    what: "All your clients, with what needs doing. Staff and advisers start their day here: clients that need attention are listed first, largest amount first.",
    parts: [
      {
        name: "This morning",
        text: "What the last nightly run did, and which clients need attention, with the reason and the amount.",
      },
      { name: "With errors", text: "Clients with rows in Error Feedback." },
      { name: "With differences", text: "Clients whose records in the package differ from what was sent." },
      { name: "Connection lost", text: "Clients whose consent has ended: an administrator reconnects them under Setup." },
    ],
    steps: [
      "Look at This morning and open the first client named there.",
      "Use Show to see only clients with errors, with pending rows or with unmapped codes.",
      "Type a part of a name to find one client.",
    ],
  },
  overview: {
    ...NONE,
    title: "Overview",
    what: "One client at a glance: what is pending, what is blocked and why, what the last runs did, and on the first day what is left to set up.",
    parts: [
      {
        name: "Before the first upload",
        text: "The steps of the first day, in order. Each opens the screen where you do it.",
      },
      {
        name: "Still to map",
        text: "Codes on waiting documents that have no account or tax rate yet, with the records they block.",
      },
      {
        name: "Health",
        text: "When the package was read last, whether a worker runs, and whether this client's checks have passed.",
      },
      { name: "Last runs", text: "The latest uploads and reads, each with its counts." },
      { name: "Set aside", text: "Records that are excluded, on hold, too old or of a type that is off." },
      {
        name: "For you to correct",
        text: "What a client sees of their own company: what to correct in their own system. The rest is with their accountant.",
      },
    ],
    steps: [
      "Follow the checklist from the top.",
      "Open the cause that blocks the most money, and follow its steps.",
      "Open Export and upload what is ready.",
    ],
    places: ["export", "nominal-mapping", "setup"],
  },
  export: {
    ...NONE,
    title: "Export",
    what: "Records sent to the accounting package. A record starts in the first panel and ends in the second, with a tick, or in the third, with the cause and who fixes it.",
    parts: [
      {
        name: "Pending Export",
        text: "Records not sent yet. The pre-check shows whether each can be sent, and what stops it.",
      },
      {
        name: "Exported Successfully",
        text: "Records that the package has accepted, or that someone marked. The tick shows whether they were checked there.",
      },
      {
        name: "Error Feedback",
        text: "Records that were held or refused, grouped by cause, with the amount that each cause stops. A cause leaves the list once it is fixed.",
      },
      { name: "Upload data", text: "Sends the rows that you selected, customers, suppliers and products first." },
      { name: "Run pre-check", text: "Checks again what would stop the rows, without sending anything." },
      {
        name: "Send ours again",
        text: "For rows that differ, one or many: our version replaces the package's. The other choice keeps the package's version.",
      },
      { name: "Mark as exported", text: "For a record that is in the package already: it is never sent. It can be undone." },
      { name: "Hold with a reason", text: "Takes a row out of the panel until someone releases it." },
      {
        name: "Ignore with a reason",
        text: "The same for a row in Error Feedback: it leaves every count, and keeps a note of who ignored it, why, and the error.",
      },
      { name: "Withdraw", text: "Takes back a queued row that has not been sent." },
      { name: "Retry", text: "Sends rows again once their cause is fixed." },
      { name: "Look now", text: "Checks the package immediately, instead of at the time shown." },
    ],
    statuses: [
      { name: "Agrees", text: "A green tick: the record was read back from the package, and agrees with what was sent." },
      { name: "Sent", text: "The package accepted it. It has not been read back yet." },
      {
        name: "Differs",
        text: "It was read back and differs. Open the row to see both versions, and choose which one to keep.",
      },
      { name: "Not checked yet", text: "Marked by hand: not checked in the package." },
      { name: "Checking", text: "It was sent and we received no clear answer. It is looked up before it can be sent again." },
      { name: "Held as draft", text: "It is in the package as a draft. Approve it there." },
      { name: "Ready", text: "Pre-check found no problem." },
      { name: "With a note", text: "It can be sent; read the note first." },
      { name: "Blocked", text: "It can't be sent. The row says why, and the link opens the place to fix it." },
      { name: "On hold", text: "Someone put it on hold. It is listed under Not in Pending Export." },
    ],
    steps: [
      "Select rows in Pending Export. Click one row, Shift and click for several in a row, Ctrl A for all.",
      "Press Upload data. The bar shows progress, and you can leave the page.",
      "Watch the ticks in Exported Successfully.",
      "Open each cause in Error Feedback and follow its steps. What this means opens its help page.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["aside", "nominal-mapping", "matches", "runs"],
  },
  "not-in-pending-export": {
    ...NONE,
    title: "Not in Pending Export",
    what: "Records that are in none of the three panels of Export, by reason, with their amounts and how to restore them.",
    statuses: [
      {
        name: "Excluded from Accounting Integration",
        text: "A customer, supplier or product was excluded, so its records are not sent.",
      },
      {
        name: "Before the start date",
        text: "The document is older than the date from which this client syncs. It is never sent; payments on it may still be read.",
      },
      { name: "Types that are off", text: "Its type is not ticked under Entities to sync." },
      { name: "On hold or ignored", text: "Someone put it on hold or ignored it, with a reason." },
      { name: "Voided before being sent", text: "It was voided before it was sent, so the package does not need it." },
    ],
    steps: [
      "Find the reason.",
      "Open the record, or use the button at the end of its row, to restore it.",
      "Its row is then in Pending Export again.",
    ],
    places: ["export", "setup"],
  },
  import: {
    ...NONE,
    title: "Import",
    what: "Payments that were made in the accounting package, on documents that came from here. You create and allocate them here, so that both sides show the same documents as paid.",
    parts: [
      { name: "Read payments now", text: "Reads the package immediately. It is also read each night." },
      { name: "Payments", text: "One row for each payment that was read, with what it pays and its status." },
      { name: "Bank movements", text: "Payments in and out, by bank nominal." },
      {
        name: "Undo Create & allocate",
        text: "Reverses the payments and allocations created here. Nothing changes in the package.",
      },
    ],
    statuses: [
      { name: "Waiting", text: "It can be created." },
      { name: "Payment created and allocated", text: "It is entered here and allocated to its documents." },
      {
        name: "Kept in the package",
        text: "Money on account, or a payment that does not pay one of our invoices. Nothing to do.",
      },
      { name: "Not ours", text: "It pays a document that was not sent from here. It is counted, and never imported as a sale." },
      {
        name: "Partly a payment on account: kept in the package",
        text: "Part of it pays an invoice; the rest is on account there.",
      },
    ],
    steps: [
      "Press Read payments now, or use what the nightly run has read.",
      "Map the bank account if a row asks for one.",
      "Select the rows and choose Create & allocate payments under Actions.",
      "Open any row with another status: it names the cause and who fixes it. Then create it again.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["bank-mapping", "payments"],
  },
  mapping: {
    ...NONE,
    title: "Mapping",
    what: "Maps your codes to the package: nominal codes to accounts, tax codes to tax rates, bank nominals to bank accounts. A document is sent only when all its codes are mapped.",
    parts: [
      { name: "Refresh", text: "Reads the package's accounts, tax rates and bank accounts again." },
      { name: "Suggested", text: "A match suggested by name or number. It applies once you accept it." },
      {
        name: "Sales and purchases",
        text: "A tax code used on both has a row for each, because many of the package's rates are for one of the two only.",
      },
    ],
    steps: [
      "Press Refresh if someone added an account in the package.",
      "For each open code choose where it goes, or accept the suggestion. Your changes are kept while you look at the other tabs.",
      "Save. Queued records that wait for the code are then sent; nothing else is.",
    ],
    keys: [
      { keys: ["↑", "↓"], does: "Move from row to row" },
      { keys: ["Enter"], does: "Choose, or accept the suggestion" },
      { keys: ["Del"], does: "Clear" },
      { keys: ["Ctrl S"], does: "Save" },
      SEARCH,
    ],
    places: ["nominal-codes", "tax-codes", "export"],
  },
  documents: {
    ...NONE,
    title: "Documents",
    what: "Every invoice, bill and credit note of this client.",
    parts: [{ name: "Upload a file", text: "Imports documents from the operational system's file." }],
    steps: [
      LIST_STEP,
      "Type a number, a name or an amount to find a document.",
      "Open it to see its lines, its state and what happened to it.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["upload", "export"],
  },
  document: {
    ...NONE,
    title: "A document",
    what: "One invoice, bill or credit note: its lines, its VAT by code, its progress, its record in the package, and its history.",
    parts: [
      { name: "Lines", text: "As in the file, with the account and rate of each." },
      { name: "VAT by tax code", text: "Net and VAT of each code, as on the VAT return." },
      { name: "Timeline", text: "Who did what and when, each call to the package and each answer, newest first." },
      { name: "Attachments", text: "Files sent to the package with it." },
      { name: "Earlier revisions", text: "How it was before it was changed." },
    ],
    steps: [
      "Read the state at the top: ready, waiting, sent, ticked, or stopped with its cause.",
      "If it is not sent, open Why isn’t this syncing?: it runs the checks in order and stops at the first that fails.",
      "To change it, change it in the operational system and upload the file again.",
    ],
    places: ["documents", "export", "corrections"],
  },
  upload: {
    ...NONE,
    title: "Upload a file",
    what: "Imports documents, payments, journals, customers, suppliers or products from the operational system's file. You see the contents before anything is imported, and can undo an upload as long as none of it was sent, paid or changed.",
    parts: [
      {
        name: "How it was read",
        text: "Which sheet, which columns, how dates and amounts were read. If something can be read two ways you are asked; it is never guessed.",
      },
      {
        name: "Control total (net)",
        text: "The file's total against the documents to be created and the skipped lines, to the penny.",
      },
      { name: "First documents", text: "The first documents of the file, as they will be imported." },
      { name: "Skipped lines", text: "Lines that are not imported, with the reason." },
      { name: "Latest uploads", text: "What was uploaded, by whom, and how to undo it." },
    ],
    steps: [
      "Choose the file. CSV and XLSX are both read.",
      "Answer the questions. Answers that apply to every file of this kind are remembered.",
      "Look at the totals and the first documents.",
      "Add new codes, or skip their documents.",
      "Press Commit. The records are then in Pending Export.",
    ],
    places: ["export", "documents"],
  },
  "upload-profiles": {
    ...NONE,
    title: "Upload profiles",
    what: "A profile stores how a kind of file is read: its columns, dates, signs and defaults.",
    parts: [
      { name: "Columns", text: "Which heading is which field." },
      { name: "File format", text: "Dates, decimal signs, brackets and the like." },
      { name: "Documents", text: "Which lines belong to one document." },
      { name: "Defaults", text: "Used where a cell is blank. Only what you enter here." },
      { name: "Live preview", text: "The first lines of your file, read with the profile on the screen." },
    ],
    steps: [
      "Copy the profile nearest to your file.",
      "Choose a file for the preview.",
      "Correct what is read wrongly, and save.",
    ],
    places: ["upload"],
  },
  payments: {
    ...NONE,
    title: "Payments",
    what: "Every payment of this client, whether entered here, read from a file or created from the package.",
    parts: [],
    steps: [
      LIST_STEP,
      "Open a payment to see which documents it pays and what happened to it.",
      "Use New payment for a payment from a cash customer. Payments from credit customers are made in the package while the integration is on.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["import", "export"],
  },
  journals: {
    ...NONE,
    title: "Journals",
    what: "Journals that go to the package.",
    parts: [],
    steps: [
      LIST_STEP,
      "Add a journal: its debits and credits must balance.",
      "Stock, control and bank codes cannot be used: only documents and payments change their balances.",
      "Upload it from Export.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["export", "nominal-codes"],
  },
  customers: {
    ...NONE,
    title: "Customers",
    what: "Every customer, with whether it is linked to a contact of the package.",
    parts: [{ name: "Timeline", text: "On a customer's own page: what was sent, seen, linked or changed." }],
    statuses: [
      {
        name: "Credit",
        text: "A credit customer, who pays later. While the integration is on, their payments are made in the package.",
      },
      { name: "Cash", text: "Pays at the time of sale. You can enter their payments here." },
    ],
    steps: [
      LIST_STEP,
      "Open a customer to link it to a contact of the package, to clear the link, or to exclude it.",
      "Correct what is wrong and save. Records waiting for it are then sent automatically.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["matches", "export"],
  },
  suppliers: {
    ...NONE,
    title: "Suppliers",
    what: "Every supplier, with whether it is linked to a contact of the package. A company that buys and sells is in both lists.",
    parts: [{ name: "Timeline", text: "On a supplier's own page: what was sent, seen, linked or changed." }],
    steps: [
      LIST_STEP,
      "Open a supplier to link it to a contact of the package, to clear the link, or to exclude it.",
      "Correct what is wrong and save. Records waiting for it are then sent automatically.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["matches", "export"],
  },
  products: {
    ...NONE,
    title: "Products",
    what: "Every product, with its codes and whether it is linked to an item of the package. A product group provides the codes that its products do not have.",
    parts: [],
    steps: [
      LIST_STEP,
      "Open a product to change its name or codes, to link it, or to exclude it.",
      "Open its group to change the codes of all products in it.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["nominal-codes", "tax-codes"],
  },
  "nominal-codes": {
    ...NONE,
    title: "Nominal codes",
    what: "Your own nominal codes, each with its kind and the account that it goes to.",
    parts: [{ name: "Latest documents", text: "On a code's own page: the documents that use it." }],
    steps: [
      LIST_STEP,
      "Open a code to change its name or kind.",
      "The kind decides how it can be used: a stock or cost-of-sale code is never posted, and a control code can't be used in a journal.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["nominal-mapping"],
  },
  "tax-codes": {
    ...NONE,
    title: "Tax codes",
    what: "Your own tax codes: what each charges on a document, who accounts for the tax, and how much is reclaimed.",
    parts: [],
    steps: [
      LIST_STEP,
      "Open a code to set its kind: standard, reverse charge, exempt, and so on.",
      "It must charge the same as the package's rate. Otherwise nothing with this code is sent.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["tax-mapping"],
  },
  runs: {
    ...NONE,
    title: "Runs",
    what: "Every upload, retry, read of payments and Create & allocate, with who started it and the result for each record. A run that has ended no longer changes.",
    statuses: [
      { name: "Queued", text: "Selected, and waiting to be sent." },
      { name: "Held", text: "Something stopped it before it was sent." },
      { name: "Refused", text: "The package refused it." },
      { name: "Withdrawn", text: "Someone withdrew it or stopped the run." },
      { name: "Set aside", text: "It was put on hold or excluded after it was queued." },
    ],
    steps: [
      LIST_STEP,
      "Find a run by the number of a record in it.",
      "Open it to see each record with its outcome, or each payment that it created: Undo this run reverses all of those.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["export"],
  },
  corrections: {
    ...NONE,
    title: "Corrections",
    what: "Changes made after export, in the package or from here, with both versions.",
    parts: [
      { name: "Both versions", text: "Our version and the package's, field by field." },
      {
        name: "Show by change",
        text: "Shows one type at a time: changes made there, updates from here, links, credit notes.",
      },
      {
        name: "Left to do",
        text: "Corrections whose credit note is not all allocated, or whose document is still open. The page of each has the steps.",
      },
    ],
    steps: [
      LIST_STEP,
      "Open the document.",
      "Keep the package's version, or send ours again.",
      "Where the document is paid or its period is closed, credit and reissue it: its page shows the debits, credits and allocations first.",
      "Follow the steps to finish what is left. It leaves the list once a read shows nothing left, or you can dismiss it with a reason.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["documents", "export"],
  },
  matches: {
    ...NONE,
    title: "Matches",
    what: "Records that the package may already have: customers, suppliers and products first, then documents. None is sent until you answer, so that nothing is created or counted twice.",
    parts: [
      {
        name: "Ready to link",
        text: "Each has one match, with the reason, and no doubt. One click links all of them. Linking changes nothing in the package.",
      },
      {
        name: "Which one is it?",
        text: "There is more than one possible match, or some doubt. You decide one by one.",
      },
      {
        name: "New to the package",
        text: "The package has nothing like them, and Setup says that nothing is created without asking. One click creates all of them.",
      },
      { name: "Not this one", text: "Says that the two are not the same, so the match is not suggested again." },
      {
        name: "Documents to answer",
        text: "A document of the same number is in the package: both are shown, one under the other.",
      },
    ],
    steps: [
      "Look down Ready to link, press Not this one where a match is wrong, and link the rest in one click.",
      "Answer the unsure ones: link, or create if the package has nothing like it.",
      "Compare each document with the one there. If they are the same, link them: ours is not sent. If not, say so: ours may go.",
      "If you cannot tell, skip it for now.",
    ],
    places: ["customers", "suppliers", "products", "export"],
  },
  handover: {
    ...NONE,
    title: "Export to operational system",
    what: "Files that tell the operational system which records were exported, and which payments were created and allocated. Each file has what is new since the last one.",
    parts: [{ name: "Files", text: "Each file with who made it, and whether it has been acknowledged." }],
    steps: [
      "Download the file.",
      "Import it into the operational system.",
      "Acknowledge it here: its lines are not in the next file.",
    ],
    places: ["import", "export"],
  },
  setup: {
    ...NONE,
    title: "Setup",
    what: "How this client is connected to its accounting package and how the integration works. Advisers can change it; an administrator connects and disconnects.",
    parts: [
      {
        name: "How it works",
        text: "One way or both ways, who starts an upload, drafts or authorised, every line or summarised. A profile sets all of them at once.",
      },
      {
        name: "Payments that match exactly",
        text: "Whether they are created and allocated automatically once they are read. Each run of them can be undone.",
      },
      { name: "Nightly run", text: "Whether the package is read each night, and when." },
      {
        name: "Entities to sync",
        text: "Which types of record are sent. Others are counted, and offered when you tick their type.",
      },
      {
        name: "Locks",
        text: "What happens to a document dated in a locked period: it is held, sent as a draft, or dated the first open day.",
      },
      { name: "Calls", text: "The minimum gap between calls, for an organisation that other apps use as well." },
      { name: "Start date", text: "The date from which documents are sent. Older documents are not sent." },
    ],
    steps: [
      "Connect the package, and choose the organisation.",
      "Set the start date before the first upload.",
      "Check the types to sync and what happens on locked dates.",
      "Before a change sends records, you see them and confirm.",
    ],
    places: ["nominal-mapping", "export"],
  },
  "nightly-runs": {
    ...NONE,
    title: "Nightly runs",
    what: "Each night every connected client is read once: payments, changed documents, lists and lock dates. Clients set to nightly upload are also sent. One client's failure does not stop the others.",
    statuses: [
      { name: "Something was sent", text: "The client uploads nightly, and there was something to send." },
      { name: "Failed", text: "It failed. The client's row says why; it is retried." },
      { name: "Not done yet", text: "It is still queued." },
    ],
    steps: ["Open a run to see how many clients are done.", "Show the failed ones, and open each client."],
    places: ["clients"],
  },
  usage: {
    ...NONE,
    title: "Calls and cost",
    what: "How many calls were made to each package this month and what they cost the practice, by client and by day.",
    steps: ["See which client uses the most.", "Compare with the price tiers at the bottom of the page."],
    places: ["clients"],
  },
  users: {
    ...NONE,
    title: "Users",
    what: "Who can sign in, with which role, and which clients they see. Only an administrator changes this.",
    statuses: [
      { name: "Client", text: "Sees their own clients and changes nothing." },
      { name: "Staff", text: "Uploads, maps, exports, retries, marks, creates payments." },
      { name: "Adviser", text: "The same, and Setup, lock policies and the practice's mapping." },
      { name: "Administrator", text: "Everything, for every client: connects packages, invites users, reads the audit." },
    ],
    steps: ["Invite a person with their e-mail and role.", "Choose their clients.", "Send them the link. It works once."],
    places: ["clients"],
  },
  audit: {
    ...NONE,
    title: "Audit",
    what: "Who did what, when and to which client, with what was refused. Entries are chained, so a change to an old one can be detected.",
    parts: [
      { name: "Find", text: "By person, client, action, words or date." },
      { name: "Events", text: "Newest first, with what each changed." },
    ],
    steps: ["Choose a person, a client or a date.", "Read the events."],
  },
  invariants: {
    ...NONE,
    title: "Invariants",
    what: "Checks that must always pass: for example, nothing was posted twice, nothing is missing, every tick is backed by a read. They run once a day and when you press the button.",
    parts: [{ name: "Checks", text: "Each rule, what it would mean if it failed, and its result." }],
    steps: ["If a check fails, read what it means and which records it names.", "Send that to the people who run this console."],
  },
  workers: {
    ...NONE,
    title: "Workers and queue",
    what: "The background programs that send and read, and the jobs waiting for them. If none runs, nothing is sent.",
    parts: [
      { name: "Workers", text: "Each with its last heartbeat." },
      { name: "Queue", text: "Jobs waiting and in progress." },
    ],
    statuses: [
      { name: "Running", text: "It is working." },
      { name: "Stopped", text: "Someone stopped it." },
    ],
    steps: ["If no worker runs, start one.", "Retry a failed job once its cause is fixed."],
  },
  alerts: {
    ...NONE,
    title: "Alerts",
    what: "A digest after each nightly run, and a message immediately when a connection is lost: by e-mail to you, and by webhook to the practice.",
    parts: [
      { name: "Your alerts", text: "Which messages you want, and for which clients." },
      { name: "Sent to you", text: "What was sent, and whether it arrived." },
      { name: "Webhooks of the practice", text: "Addresses of other programs that get the same alerts, signed." },
    ],
    steps: ["Choose your alerts.", "Send yourself a test."],
  },
  profile: {
    ...NONE,
    title: "Your profile",
    what: "Your name and your password.",
    steps: ["Change your name, or your password. A new password signs you out on other devices."],
  },
  sessions: {
    ...NONE,
    title: "Your sessions",
    what: "Where you are signed in. End a session that you do not know.",
    steps: ["Look at each session's device and time.", "End those that are not yours, and change your password."],
  },
  print: {
    ...NONE,
    title: "Printed lists",
    what: "A list or a run on paper, as on the screen, with its filter, totals and the time it was read.",
    steps: ["Filter and sort the list first.", "Choose Print, and print the page."],
  },
} as const satisfies Readonly<Record<ScreenId, ScreenHelp>>;
