import { KIND_LABELS, RECORD_KINDS } from "#lib/common/records.ts";
import { PACKAGE_CARDS } from "#lib/connectors/cards.ts";
import { listConnectors } from "#lib/connectors/registry.ts";
import type { Connector } from "#lib/connectors/types.ts";

/** One thing that a package may or may not do, and how its connector says so. */
interface Feature {
  readonly key: string;
  readonly label: string;
  /** A sentence on what is meant; left out where the label says it. */
  readonly what?: string;
  readonly works: (connector: Connector) => boolean;
  /** Why it does not work with any package: the rule is this product's own. */
  readonly never?: string;
}

interface Group {
  readonly title: string;
  readonly features: readonly Feature[];
}

const nowhere = (key: string, label: string, never: string): Feature => ({ key, label, never, works: () => false });

/** What every connector must do: `lib/connectors/contract` holds each to it. */
const always = () => true;

/** The rows of the matrix. What a package lacks, its connector gives the reason of under the same key (`guide.lacks`); a test asks for each. */
const GROUPS: readonly Group[] = [
  {
    title: "Sent to the package",
    features: RECORD_KINDS.map((kind) => ({
      key: `send:${kind}`,
      label: `${KIND_LABELS[kind]}s`,
      works: ({ can }) => can.push.includes(kind),
    })),
  },
  {
    title: "Changed there after they were sent",
    features: RECORD_KINDS.map((kind) => ({
      key: `change:${kind}`,
      label: `${KIND_LABELS[kind]}s`,
      works: ({ can }) => can.update.includes(kind),
    })),
  },
  {
    title: "How documents are sent",
    features: [
      { key: "drafts", label: "As drafts", what: "Someone approves them in the package.", works: ({ can }) => can.drafts },
      { key: "attachments", label: "With their attached files", works: ({ attach }) => attach !== undefined },
      {
        key: "replay",
        label: "Retried safely after a lost connection",
        what: "The package itself recognises a repeated call.",
        works: ({ can }) => can.keys !== null,
      },
      {
        key: "unique",
        label: "A sales invoice number is refused a second time",
        what: "If the package does not, this console checks before it sends.",
        works: ({ can }) => can.uniqueNumbers.includes("sales-invoice"),
      },
    ],
  },
  {
    title: "Read from the package",
    features: [
      { key: "read-back", label: "Each record that was sent, for its tick", works: always },
      { key: "payments", label: "Payments, for Import", works: always },
      { key: "open-amounts", label: "What is still open on each document", works: always },
      { key: "lists", label: "Accounts, tax rates, bank accounts and lock dates", works: always },
    ],
  },
  {
    title: "Not part of the integration",
    features: [
      nowhere(
        "bank-feeds",
        "Bank feeds",
        "Bank feeds stay in the package. They cannot be used through the integration: no bank line is read or sent. " +
          "A payment matched to a bank line in the package is still read, as a payment.",
      ),
      nowhere(
        "credit-allocations",
        "Allocations of credit notes to invoices, in general",
        "Allocate credit notes in each system yourself; allocations don't sync. " +
          "Only the credit note of a correction made here is allocated in the package, as its plan shows.",
      ),
      nowhere(
        "stock",
        "Stock value and cost of sale",
        "Their nominal codes are never posted, mapped or not. Enter both in the package by journal.",
      ),
      nowhere(
        "on-account",
        "Payments on account",
        "Money not allocated to an invoice stays in the package. It appears on Import once it is allocated to an invoice there.",
      ),
    ],
  },
];

/** Whether a thing works with one package; where it does not, why. */
interface Cell {
  readonly packageId: string;
  readonly works: boolean;
  /** Null where it works. */
  readonly why: string | null;
}

interface MatrixRow {
  readonly key: string;
  readonly label: string;
  readonly what: string | null;
  readonly cells: readonly Cell[];
}

export interface Matrix {
  readonly packages: readonly { readonly id: string; readonly name: string }[];
  readonly groups: readonly { readonly title: string; readonly rows: readonly MatrixRow[] }[];
  /** Packages that Setup names and this version cannot be connected to. */
  readonly missing: readonly string[];
}

/** What works with each package that can be connected, read from what its connector can. */
export function capabilityMatrix(connectors: readonly Connector[] = listConnectors()): Matrix {
  const packages = connectors.map(({ id, name }) => ({ id, name }));
  return {
    packages,
    groups: GROUPS.map(({ title, features }) => ({
      title,
      rows: features.map(({ key, label, what, works, never }) => ({
        key,
        label,
        what: what ?? null,
        cells: connectors.map((connector) => {
          const does = works(connector);
          return { packageId: connector.id, works: does, why: does ? null : (never ?? connector.guide.lacks[key] ?? null) };
        }),
      })),
    })),
    missing: PACKAGE_CARDS.filter((card) => !packages.some(({ id }) => id === card.id)).map(({ name }) => name),
  };
}

/** `docs/connectors/README.md`, printed from the same matrix as the help page. */
export function printMatrix(): string {
  const { packages, groups, missing } = capabilityMatrix();
  const heads = ["", ...packages.map(({ name }) => name)];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const sections = groups.map(({ title, rows }) =>
    [
      `## ${title}\n`,
      line(heads),
      line(heads.map(() => "---")),
      ...rows.map(({ label, what, cells }) =>
        line([
          what === null ? label : `${label}. ${what}`,
          ...cells.map(({ works, why }) => (works ? "Yes" : `No. ${why ?? ""}`.trim())),
        ]),
      ),
      "",
    ].join("\n"),
  );
  return `# What works with each package

Printed from \`lib/help/matrix.ts\` and the connectors (\`npx vitest run lib/help -u\` prints it anew); a test holds the two together. The console
shows the same under Help, What works with each package.

${sections.join("\n")}
Not in this version: ${missing.join(", ")}.
`;
}
