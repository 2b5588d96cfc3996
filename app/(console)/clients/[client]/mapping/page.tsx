import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { can, whoMay } from "#lib/auth/permissions.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { amountText } from "#lib/mapping/amount-text.ts";
import { listBankAccounts } from "#lib/mapping/bank-accounts.ts";
import type { Editor, EditorRow } from "#lib/mapping/editor.ts";
import { listNominalCodes } from "#lib/mapping/nominal-codes.ts";
import type { MappingKind } from "#lib/mapping/resolve.ts";
import { listTaxRates } from "#lib/mapping/tax-rates.ts";
import { faultSentence, LEVEL_LABELS, otherSideSentence } from "#lib/mapping/words.ts";
import { database } from "#lib/web.ts";
import { AddBankNominal } from "./add-bank-nominal.tsx";
import type { Tab } from "./editor-parts.tsx";
import { TABS } from "./edits.ts";
import classes from "./mapping.module.css";
import { MappingEditor } from "./mapping-editor.tsx";
import { RefreshButton } from "./refresh-button.tsx";
import type { TableRow, TableWords } from "./table-row.ts";

export const metadata: Metadata = { title: "Mapping" };

function wordsFor(kind: MappingKind, name: string): TableWords {
  switch (kind) {
    case "nominal":
      return {
        source: "Nominal code",
        target: `Account in ${name}`,
        waiting: ["document", "documents"],
        empty: "Nominal codes are added from the files you upload.",
      };
    case "tax":
      return {
        source: "Tax code",
        target: `Tax rate in ${name}`,
        waiting: ["document", "documents"],
        empty: "Tax codes are added from the files you upload.",
      };
    case "bank":
      return {
        source: `${name} code`,
        target: "Our bank nominal",
        waiting: ["payment", "payments"],
        empty: `${name} has no bank account yet. Add one there, then press Refresh accounts.`,
      };
  }
}

function rowsOf(editor: Editor, kind: MappingKind, locale: string): TableRow[] {
  return editor.rows.map((row) => ({
    key: row.key,
    source: row.source,
    side: row.side,
    code: row.code,
    name: row.name,
    note: row.note,
    tax: row.tax,
    waiting: row.waiting,
    amount: amountText(row.amounts, locale),
    targetId: row.current?.targetId ?? null,
    targetLabel: row.current?.targetLabel ?? null,
    level: row.current ? LEVEL_LABELS[row.current.level] : null,
    fault: faultOf(row, kind, editor.connection.packageName),
    suggestion: row.suggestion ? { id: row.suggestion.externalId, reason: row.suggestion.reason } : null,
    notUsed: row.notUsed,
  }));
}

function faultOf(row: EditorRow, kind: MappingKind, packageName: string): string | null {
  if (row.otherSide !== null && row.side !== null) return otherSideSentence(row.otherSide, row.side);
  return row.current?.fault ? faultSentence(row.current.fault, kind, packageName) : null;
}

/** The row that the address names: a code by its side, else its one row, else the first of its rows that is open. */
function rowAsked(rows: readonly TableRow[], search: Awaited<Search>): string | null {
  if (typeof search.code !== "string") return null;
  const of = rows.filter((row) => row.source === search.code);
  const row =
    of.find((one) => one.side === search.side) ?? of.find((one) => one.targetId === null || one.fault !== null) ?? of[0];
  return row?.key ?? null;
}

const isOpen = (editor: Editor) =>
  editor.rows.filter((row) => (row.current === null || row.current.fault !== null) && !row.notUsed && row.waiting > 0).length;

type Search = Promise<{ readonly [name: string]: string | string[] | undefined }>;

export default async function MappingPage({
  params,
  searchParams,
}: {
  params: Promise<{ client: string }>;
  searchParams: Search;
}) {
  const staff = await requireStaff();
  const access = await scopeFor(staff, (await params).client, "console");
  if (!access) notFound();
  const { scope, client } = access;
  const search = await searchParams;
  const kind = TABS.find((tab) => tab === search.tab) ?? "nominal";
  const editors = await database().inScope(scope, async (db) => ({
    nominal: await listNominalCodes(db, scope),
    tax: await listTaxRates(db, scope),
    bank: await listBankAccounts(db, scope),
  }));
  const editor = editors[kind];
  if (!editor) {
    return (
      <>
        <PageTitle title="Mapping" />
        <Panel>
          <EmptyState
            title="No accounting package is connected"
            body="Connect one to map your codes to its accounts and tax rates. Earlier mappings are kept."
            action={<LinkButton href={`/clients/${client.slug}/setup`}>Open Setup</LinkButton>}
          />
        </Panel>
      </>
    );
  }
  const { connection } = editor;
  const [set] = editor.sets;
  const mayEdit = can(staff.role, "export");
  const tabOf = (of: MappingKind): Tab => {
    const from = editors[of];
    return {
      rows: from ? rowsOf(from, of, client.locale) : [],
      targets: from?.targets ?? [],
      words: wordsFor(of, connection.packageName),
      open: from ? isOpen(from) : 0,
    };
  };
  const tabs = { nominal: tabOf("nominal"), tax: tabOf("tax"), bank: tabOf("bank") };
  return (
    <>
      <PageTitle
        title="Mapping"
        aside={
          connection.asOf ? (
            <span data-testid="as-of">
              Accounts as of <Moment at={connection.asOf} timeZone={client.timeZone} locale={client.locale} />
            </span>
          ) : (
            "Accounts not read yet"
          )
        }
        actions={mayEdit && <RefreshButton clientId={client.slug} lost={connection.lost} />}
      />
      <p className={classes.purpose}>
        <span>
          Posting mapping: <strong>{set ? `${set.name} (${LEVEL_LABELS[set.level].toLowerCase()} level)` : "none yet"}</strong>
          {set ? `, version ${set.version}` : ""}
        </span>
        {editor.sets.slice(1).map((other) => (
          <span key={other.level}>
            then {other.name} ({LEVEL_LABELS[other.level].toLowerCase()} level)
          </span>
        ))}
        <span>Saving changes this client only.</span>
      </p>
      <MappingEditor
        clientId={client.slug}
        kind={kind}
        tabs={tabs}
        packageName={connection.packageName}
        mayEdit={mayEdit}
        editedBy={whoMay("export")}
        focusKey={rowAsked(tabs[kind].rows, search)}
        onlyOpen={search.show === "unmapped"}
        timeZone={client.timeZone}
        locale={client.locale}
      />
      {kind === "bank" && mayEdit && <AddBankNominal clientId={client.slug} none={editor.targets.length === 0} />}
    </>
  );
}
