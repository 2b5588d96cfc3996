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
  { keys: ["Ctrl A"], does: "Select all rows of the list, also those that are not loaded yet" },
  { keys: ["Esc"], does: "Clear the selection" },
];
const SEARCH: ScreenHelp["keys"][number] = { keys: ["Ctrl K"], does: "Search: records, clients and help" };

/** What every list can. */
const LIST_STEP = "Sort by a column's heading, filter above the list, and take the list away as CSV or XLSX, or print it.";

const NONE = { parts: [], statuses: [], steps: [], keys: [SEARCH], places: [] } as const;

/** Every screen's help, by the same names as their addresses in `SCREEN_ROUTES`: one without a text is a type error. */
export const SCREENS = {
  clients: {
    ...NONE,
    title: "Clients",
    what: "Every client that you may see, with what needs doing. Staff and advisers start their day here: what needs attention comes first, with the most money first.",
    parts: [
      {
        name: "This morning",
        text: "What the last nightly run did, and which clients need somebody, with the reason and the money.",
      },
      { name: "With errors", text: "Clients with rows in Error Feedback." },
      { name: "With differences", text: "Clients where the package holds something other than what was sent." },
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
    what: "One client at a glance: what waits, what is blocked and by what, what the last runs did, and on the first day what is left to set up.",
    parts: [
      {
        name: "Before the first upload",
        text: "The steps of the first day, in order. Each leads to the screen where it is done.",
      },
      { name: "Still to map", text: "Codes on waiting documents that have no account or tax rate yet, with what they hold up." },
      {
        name: "Health",
        text: "When the package was read last, whether a worker runs, and whether the checks of this client hold.",
      },
      { name: "Last runs", text: "The latest uploads and reads, each with its counts." },
      { name: "Set aside", text: "Records that are excluded, on hold, too old or of a kind that does not sync." },
    ],
    steps: [
      "Do what the checklist names, from the top.",
      "Open the cause that blocks the most money, and follow its steps.",
      "Open Export and upload what is ready.",
    ],
    places: ["export", "nominal-mapping", "setup"],
  },
  export: {
    ...NONE,
    title: "Export",
    what: "What goes to the accounting package. A record starts in the first panel, and ends in the second with a tick or in the third with its cause and who fixes it.",
    parts: [
      {
        name: "Pending Export",
        text: "Records that nobody has sent yet. The pre-check says of each whether it would go, and what stops it.",
      },
      {
        name: "Exported Successfully",
        text: "Records that the package has taken, or that somebody marked. The tick says whether they were seen there.",
      },
      {
        name: "Error Feedback",
        text: "Records that were held back or refused, grouped by cause, with the money that each cause stops. A cause goes from the list by itself once it is put right.",
      },
      { name: "Upload data", text: "Sends the rows that you selected, customers, suppliers and products first." },
      { name: "Run pre-check", text: "Asks again what would stop the rows, without sending anything." },
      {
        name: "Send ours again",
        text: "For rows that differ, many at once: the package's version is replaced by ours. The other answer keeps the package's version.",
      },
      { name: "Mark as exported", text: "For a record that is in the package already: it is never sent. It can be undone." },
      { name: "Hold with a reason", text: "Takes a row out of the panel until somebody takes it back." },
      {
        name: "Ignore with a reason",
        text: "The same for a row in Error Feedback: it leaves every count, and keeps who, why and what stopped it.",
      },
      { name: "Withdraw", text: "Takes back a row that was chosen and has not been sent." },
      { name: "Retry", text: "Sends rows again once their cause is put right." },
      { name: "Look now", text: "Looks in the package at once, instead of at the time that is shown." },
    ],
    statuses: [
      { name: "Seen, equal", text: "A green tick: the record was read back from the package, and is equal to what was sent." },
      { name: "Sent", text: "The package said yes. It has not been read back yet." },
      {
        name: "Differs",
        text: "It was read back and is not equal. Open the row to see both versions, and choose which one counts.",
      },
      { name: "Not seen", text: "Marked by hand: nobody has looked in the package." },
      { name: "Checking", text: "It was sent and no clear answer came. It is looked up, and never sent again blindly." },
      { name: "Held as draft", text: "It is in the package as a draft. Somebody approves it there." },
      { name: "Ready", text: "Pre-check found nothing in its way." },
      { name: "With a note", text: "It would go; read the note first." },
      { name: "Blocked", text: "It would not go. The row says why, and the link leads to where it is put right." },
      { name: "On hold", text: "Somebody took it out. It is listed under Not in Pending Export." },
    ],
    steps: [
      "Select rows in Pending Export. Click one row, Shift and click for several in a row, Ctrl A for all.",
      "Press Upload data. The bar shows how far it is, and you may leave the page.",
      "Watch the ticks in Exported Successfully.",
      "Open each cause in Error Feedback and follow its steps. What this means leads to its help.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["aside", "nominal-mapping", "matches", "runs"],
  },
  "not-in-pending-export": {
    ...NONE,
    title: "Not in Pending Export",
    what: "Records that are in none of the three panels of Export, by reason, with their money and the way back. Nothing is lost out of sight.",
    statuses: [
      {
        name: "Excluded from Accounting Integration",
        text: "A customer, supplier or product was excluded, so nothing of theirs goes.",
      },
      {
        name: "Before the start date",
        text: "The document is older than the date from which this client syncs. It is never sent; payments on it may come back.",
      },
      { name: "Kinds that do not sync", text: "Its kind is not ticked under Entities to sync." },
      { name: "On hold or ignored", text: "Somebody took it out, with a reason." },
      { name: "Void before being sent", text: "It was voided before anybody sent it, so the package never needs it." },
    ],
    steps: [
      "Find the reason.",
      "Open the record, or use the button at its end, to take it back.",
      "Its row is then in Pending Export again.",
    ],
    places: ["export", "setup"],
  },
  import: {
    ...NONE,
    title: "Import",
    what: "Payments that were made in the accounting package, on documents that came from here. You create and allocate them here, so that both sides show the same documents as paid.",
    parts: [
      { name: "Read payments now", text: "Asks the package at once. It also happens each night." },
      { name: "Payments", text: "One row for each payment that was read, with what it pays and its status." },
      { name: "Bank movements", text: "What the payments come to, by bank nominal." },
      {
        name: "Undo Create & allocate",
        text: "Takes back what was created here, payments and allocations both. Nothing changes in the package.",
      },
    ],
    statuses: [
      { name: "Waiting", text: "It can be created." },
      { name: "Payment created and allocated", text: "It is entered here, and taken off its documents." },
      {
        name: "Kept in the package",
        text: "Money on account, or a kind of payment that pays no invoice of ours. Nothing to do.",
      },
      { name: "Not ours", text: "It pays a document that did not come from here. It is counted, and never imported as a sale." },
      {
        name: "Partly a payment on account: kept in the package",
        text: "A part of it pays an invoice, the rest is on account there.",
      },
    ],
    steps: [
      "Press Read payments now, or look at what the night has read.",
      "Map the bank account if a row asks for one.",
      "Select the rows and choose Create & allocate payments under Actions.",
      "Open any row that says something else: it names the cause and who fixes it. Then create it again.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["bank-mapping", "payments"],
  },
  mapping: {
    ...NONE,
    title: "Mapping",
    what: "Says where each of your codes goes in the package: nominal codes to accounts, tax codes to tax rates, bank nominals to bank accounts. A document goes only when all of its codes are mapped.",
    parts: [
      { name: "Refresh", text: "Reads the package's accounts, tax rates and bank accounts again." },
      { name: "Suggested", text: "What is suggested by name or number. It counts once you accept it." },
    ],
    steps: [
      "Press Refresh if somebody added an account in the package.",
      "Go down the codes that are open, choose where each goes, or accept what is suggested. What you have changed is kept while you look at the other kinds.",
      "Save. Records that were chosen before and wait for the code go by themselves; nothing else is sent.",
    ],
    keys: [
      { keys: ["↑", "↓"], does: "Move from row to row" },
      { keys: ["Enter"], does: "Choose, or accept what is suggested" },
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
    parts: [{ name: "Upload a file", text: "Takes in documents from the operational system's file." }],
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
    what: "One invoice, bill or credit note: its lines, its VAT by code, where it is on its way, what it is in the package, and all that happened to it.",
    parts: [
      { name: "Lines", text: "As the file brought them, with the account and rate that each goes to." },
      { name: "VAT by tax code", text: "Net and VAT of each code, as they would be on the VAT return." },
      { name: "Timeline", text: "Who did what and when, each call to the package and each answer, newest first." },
      { name: "Attachments", text: "Files that go to the package with it." },
      { name: "Earlier revisions", text: "How it was before it was changed." },
    ],
    steps: [
      "Read the state at the top: ready, waiting, sent, ticked, or stopped with its cause.",
      "If it does not go, open Why isn’t this syncing?: it asks the checks in order and stops at the first that fails.",
      "To change it, change it in the operational system and upload the file again.",
    ],
    places: ["documents", "export", "corrections"],
  },
  upload: {
    ...NONE,
    title: "Upload a file",
    what: "Takes in documents, payments, journals, customers, suppliers or products from the operational system's file. You see what the file says before anything is taken in, and an upload can be undone as long as nothing of it was sent, paid or changed.",
    parts: [
      {
        name: "How it was read",
        text: "Which sheet, which columns, how dates and amounts were read. What can be read two ways is asked, never guessed.",
      },
      { name: "Proof", text: "The file's own total beside the documents that would be made of it, to the penny." },
      { name: "First documents", text: "The first documents of the file, as they would be taken in." },
      { name: "Set aside", text: "Lines that make no document, with the reason." },
      { name: "Latest uploads", text: "What came in, who brought it, and the way to undo it." },
    ],
    steps: [
      "Choose the file. CSV and XLSX are both read.",
      "Answer what is asked. An answer that holds for every file of this kind is remembered.",
      "Look at the totals and the first documents.",
      "Add codes that are new, or leave their documents out.",
      "Take it in. The records are then in Pending Export.",
    ],
    places: ["export", "documents"],
  },
  "upload-profiles": {
    ...NONE,
    title: "Upload profiles",
    what: "A profile remembers how a kind of file is read: its columns, dates, signs, and what is taken where the file says nothing.",
    parts: [
      { name: "Columns", text: "Which heading of the file is which field." },
      { name: "How it is written", text: "Dates, decimal signs, brackets and the like." },
      { name: "How lines make documents", text: "What tells that several lines belong to one document." },
      { name: "Where the file says nothing", text: "What is taken where a cell is blank. Only what you enter here." },
      { name: "Live preview", text: "The first lines of your own file, read by the profile as it is on the screen." },
    ],
    steps: ["Copy the profile nearest to your file.", "Choose a file for the preview.", "Change what reads wrongly, and save."],
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
      "Enter a payment of a cash customer with New payment. Payments of account customers are made in the package while the integration is on.",
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
      "Enter a journal: its lines must come to nothing, debits and credits.",
      "Stock, control and bank codes cannot be used: their balances come from documents and payments.",
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
        name: "Account",
        text: "A credit customer, billed and paying later. While the integration is on, their payments are made in the package.",
      },
      { name: "Cash", text: "Pays at once. Their payments may be entered here." },
    ],
    steps: [
      LIST_STEP,
      "Open a customer to link it to a contact of the package, to clear the link, or to exclude it.",
      "Change what is wrong and save. What waits for it goes by itself.",
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
      "Change what is wrong and save. What waits for it goes by itself.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["matches", "export"],
  },
  products: {
    ...NONE,
    title: "Products",
    what: "Every product, with its codes and whether it is linked to an item of the package. A product group gives its products codes that they lack themselves.",
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
      "The kind decides what may use it: a stock or cost-of-sale code is never posted, a control code takes no journal.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["nominal-mapping"],
  },
  "tax-codes": {
    ...NONE,
    title: "Tax codes",
    what: "Your own tax codes: what each charges on a document, who accounts for it, and what is reclaimed.",
    parts: [],
    steps: [
      LIST_STEP,
      "Open a code to say what kind it is: standard, reverse charge, exempt, and so on.",
      "What it charges must be what the package's rate charges. Otherwise nothing with this code is sent.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["tax-mapping"],
  },
  runs: {
    ...NONE,
    title: "Runs",
    what: "Every upload, retry, read of payments and Create & allocate, with who started it and what became of each record. A run that has ended does not change any more.",
    statuses: [
      { name: "Queued", text: "Chosen, and waiting for its turn." },
      { name: "Held", text: "Something stopped it before it was sent." },
      { name: "Refused", text: "The package said no." },
      { name: "Taken back", text: "Somebody withdrew it or stopped the run." },
      { name: "Set aside", text: "It was put on hold or excluded after it was chosen." },
    ],
    steps: [
      LIST_STEP,
      "Find a run by the number of a record in it.",
      "Open it to see each record with its outcome, or each payment that it created: Undo this run takes all of those back.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["export"],
  },
  corrections: {
    ...NONE,
    title: "Corrections",
    what: "All that was changed in the package after it was exported, whoever changed it, with both versions.",
    parts: [
      { name: "Both versions", text: "What is here and what is there, field by field." },
      {
        name: "Show by what happened",
        text: "Changes made there, changes sent from here, links and credit notes, each for itself.",
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
      "Finish what is left to do by its steps. It goes from the list once a read shows nothing left, or dismiss it with a reason.",
    ],
    keys: [...GRID_KEYS, SEARCH],
    places: ["documents", "export"],
  },
  matches: {
    ...NONE,
    title: "Matches",
    what: "What the package may hold already: customers, suppliers and products first, then documents. None of it is sent before somebody has answered, so that nothing is made or counted twice.",
    parts: [
      {
        name: "Ready to link",
        text: "Each has one match, with the reason, and nothing speaks against it. One click links all of them. Linking changes nothing in the package.",
      },
      {
        name: "Which one is it?",
        text: "More than one could be it, or something speaks against the match. You decide one by one.",
      },
      { name: "Not this one", text: "Says that the two are not the same, so the match is not offered again." },
      {
        name: "Documents to answer",
        text: "A document of the same number is in the package: ours and theirs, one under the other.",
      },
    ],
    steps: [
      "Look down Ready to link, press Not this one where a match is wrong, and link the rest in one click.",
      "Answer the unsure ones: link, or create where the package holds nothing like it.",
      "Compare each document with the one there. If they are the same, link them: ours is not sent. If not, say so: ours may go.",
      "If you cannot tell, skip it. It waits.",
    ],
    places: ["customers", "suppliers", "products", "export"],
  },
  handover: {
    ...NONE,
    title: "For the operational system",
    what: "Files that tell the operational system what became of its records: what was exported, and which payments were created and allocated. Each file holds what is new since the one before.",
    parts: [{ name: "Files", text: "Each file with who took it, and whether the other side has said that it has it." }],
    steps: [
      "Take the file.",
      "Read it in in the operational system.",
      "Say here that it was read: its lines are not offered again.",
    ],
    places: ["import", "export"],
  },
  setup: {
    ...NONE,
    title: "Setup",
    what: "How this client is connected to its accounting package and how the integration works. Advisers change it, an administrator connects and disconnects.",
    parts: [
      {
        name: "How it works",
        text: "One way or both ways, who starts an upload, drafts or authorised, every line or summarised. A profile sets all of them at once.",
      },
      {
        name: "Payments that match exactly",
        text: "Whether they are created and allocated by themselves once they are read. Each run of them can be undone.",
      },
      { name: "Nightly run", text: "Whether the package is asked each night, and when." },
      {
        name: "Entities to sync",
        text: "Which kinds of record go. What was made of the others is counted, and offered when its kind is ticked.",
      },
      {
        name: "Locks",
        text: "What happens to a document dated in a locked period: it waits, goes as a draft, or is dated the first open day.",
      },
      { name: "Calls", text: "The least time between two calls, for an organisation that other apps use as well." },
      { name: "Start date", text: "From when documents are sent. Older ones never are." },
    ],
    steps: [
      "Connect the package, and choose the organisation.",
      "Set the start date before the first upload.",
      "Look at the kinds to sync and at what locked dates do.",
      "A change that would send records shows them first, and asks.",
    ],
    places: ["nominal-mapping", "export"],
  },
  "nightly-runs": {
    ...NONE,
    title: "Nightly runs",
    what: "Each night every connected client is asked once: payments, changed documents, lists and lock dates are read, and what is set to go at night is sent. One client's failure does not stop the others.",
    statuses: [
      { name: "Something was sent", text: "The client's profile sends at night, and there was something to send." },
      { name: "Failed", text: "It did not get through. The client's row says why; it is tried again." },
      { name: "Not done yet", text: "Its turn has not come." },
    ],
    steps: ["Open a night to see how many clients are done.", "Show the failed ones, and open each client."],
    places: ["clients"],
  },
  usage: {
    ...NONE,
    title: "Calls and cost",
    what: "How many calls were made to each package and what its use costs the practice this month, by client and by day.",
    steps: ["Look at which client uses the most.", "Compare with the price steps at the bottom of the page."],
    places: ["clients"],
  },
  users: {
    ...NONE,
    title: "Users",
    what: "Who may sign in, with which role, and which clients they see. Only an administrator changes this.",
    statuses: [
      { name: "Client", text: "Sees their own clients and changes nothing." },
      { name: "Staff", text: "Uploads, maps, exports, retries, marks, creates payments." },
      { name: "Adviser", text: "The same, and Setup, lock policies and the practice's mapping." },
      { name: "Administrator", text: "Everything, for every client: connects packages, invites users, reads the audit." },
    ],
    steps: ["Invite a person with their e-mail and role.", "Give them their clients.", "Send them the link. It works once."],
    places: ["clients"],
  },
  audit: {
    ...NONE,
    title: "Audit",
    what: "Who did what, when and to which client, with what was refused. Entries are chained: a change to an old one would be seen.",
    parts: [
      { name: "Find", text: "By person, client, action, words or date." },
      { name: "Events", text: "Newest first, with what each changed." },
    ],
    steps: ["Choose a person, a client or a date.", "Read the events."],
  },
  invariants: {
    ...NONE,
    title: "Invariants",
    what: "Checks that must hold at all times, such as: nothing was posted twice, nothing is missing, every tick was earned. They run once a day and when you press the button.",
    parts: [{ name: "Checks", text: "Each time they ran, with how many failed." }],
    steps: ["If a check fails, read what it means and which records it names.", "Send that to the people who run this console."],
  },
  workers: {
    ...NONE,
    title: "Workers and queue",
    what: "The background programs that send and read, and what waits for them. If none runs, nothing is sent.",
    parts: [
      { name: "Workers", text: "Each with when it was heard of last." },
      { name: "Queue", text: "What waits, by kind." },
    ],
    statuses: [
      { name: "Running", text: "It works." },
      { name: "Stopped", text: "Somebody stopped it." },
    ],
    steps: ["If no worker runs, start one.", "Retry a job that was given up once its cause is put right."],
  },
  alerts: {
    ...NONE,
    title: "Alerts",
    what: "What reaches you while you are not looking: a digest after each night, and a message at once when a connection is lost. By e-mail for yourself, and by webhook for the practice.",
    parts: [
      { name: "What you are told", text: "Which messages you want, and of which clients." },
      { name: "Sent to you", text: "What was sent, and whether it arrived." },
      { name: "Webhooks of the practice", text: "Addresses of other programs that are told the same, signed." },
    ],
    steps: ["Choose what you want to be told.", "Send yourself a test."],
  },
  profile: {
    ...NONE,
    title: "Your profile",
    what: "Your name and your password.",
    steps: ["Change your name, or your password. A new password signs you out elsewhere."],
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
    what: "A list or a run as it goes on paper: what is on the screen, with its filter, totals and the moment it was read.",
    steps: ["Filter and sort the list first.", "Choose Print, and print the page."],
  },
} as const satisfies Readonly<Record<ScreenId, ScreenHelp>>;
