import {
  IconArrowsExchange,
  IconBell,
  IconBox,
  IconBuildingStore,
  IconCash,
  IconDeviceLaptop,
  IconDownload,
  IconEngine,
  IconFileText,
  IconGauge,
  IconGitCompare,
  IconHelp,
  IconHistory,
  IconLayoutDashboard,
  IconListNumbers,
  IconListSearch,
  IconMoon,
  IconNotebook,
  IconPencilCheck,
  IconReceiptTax,
  IconSettings,
  IconShieldCheck,
  IconTruck,
  IconUpload,
  IconUserCircle,
  IconUsers,
} from "@tabler/icons-react";
import { helpHref } from "#lib/help/routes.ts";

export interface NavLink {
  readonly href: string;
  readonly label: string;
  readonly icon: typeof IconUpload;
  readonly count?: string;
  /** Current on this very path only, not below it. */
  readonly exact?: boolean;
}

export interface NavSection {
  readonly title?: string;
  readonly links: readonly NavLink[];
}

export interface Counts {
  readonly pending: number;
  readonly incoming: number;
  readonly unmapped: number;
  readonly unconnected: number;
}

const figure = (count: number, word = "") => (count === 0 ? undefined : `${new Intl.NumberFormat("en-GB").format(count)}${word}`);

/** The pages around an open client: all of them for staff, a client's own person sees their few. */
export function clientSections(
  slug: string,
  counts: Counts,
  { mayConsole }: { readonly mayConsole: boolean },
): readonly NavSection[] {
  return mayConsole ? staffSections(slug, counts) : ownSections(slug, counts);
}

const unconnectedWords = ({ unconnected }: Counts) => figure(unconnected, " not connected");

/** What a client's own person may open: `listPermission` and the pages themselves ask the same. */
function ownSections(slug: string, counts: Counts): readonly NavSection[] {
  const at = (path: string) => `/clients/${slug}${path}`;
  return [
    {
      links: [
        { href: at(""), label: "Overview", icon: IconLayoutDashboard, exact: true },
        { href: at("/documents"), label: "Documents", icon: IconFileText, count: unconnectedWords(counts) },
        { href: at("/payments"), label: "Payments", icon: IconCash },
        { href: at("/customers"), label: "Customers", icon: IconUsers },
        { href: at("/suppliers"), label: "Suppliers", icon: IconTruck },
      ],
    },
  ];
}

function staffSections(slug: string, counts: Counts): readonly NavSection[] {
  const at = (path: string) => `/clients/${slug}${path}`;
  return [
    {
      links: [
        { href: at(""), label: "Overview", icon: IconLayoutDashboard, exact: true },
        { href: at("/export"), label: "Export", icon: IconUpload, count: figure(counts.pending) },
        { href: at("/import"), label: "Import", icon: IconDownload, count: figure(counts.incoming) },
        { href: at("/mapping"), label: "Mapping", icon: IconArrowsExchange, count: figure(counts.unmapped, " open") },
      ],
    },
    {
      title: "Records",
      links: [
        { href: at("/documents"), label: "Documents", icon: IconFileText, count: unconnectedWords(counts) },
        { href: at("/payments"), label: "Payments", icon: IconCash },
        { href: at("/journals"), label: "Journals", icon: IconNotebook },
        { href: at("/customers"), label: "Customers", icon: IconUsers },
        { href: at("/suppliers"), label: "Suppliers", icon: IconTruck },
        { href: at("/products"), label: "Products", icon: IconBox },
        { href: at("/nominal-codes"), label: "Nominal codes", icon: IconListNumbers },
        { href: at("/tax-codes"), label: "Tax codes", icon: IconReceiptTax },
      ],
    },
    {
      title: "History",
      links: [
        { href: at("/runs"), label: "Runs", icon: IconHistory },
        { href: at("/corrections"), label: "Corrections", icon: IconPencilCheck },
        { href: at("/matches"), label: "Matches", icon: IconGitCompare },
      ],
    },
  ];
}

/** What stands apart at the menu's foot. */
export const footLink = (slug: string, { mayConsole }: { readonly mayConsole: boolean }): NavLink =>
  mayConsole
    ? { href: `/clients/${slug}/setup`, label: "Setup", icon: IconSettings }
    : { href: helpHref("", slug), label: "Help", icon: IconHelp };

const YOURS: readonly NavLink[] = [
  { href: "/settings/profile", label: "Your profile", icon: IconUserCircle },
  { href: "/settings/sessions", label: "Your sessions", icon: IconDeviceLaptop },
];

export function practiceSections({
  mayUsers,
  mayAudit,
  mayNights,
  mayUsage,
  mayConsole,
}: {
  readonly mayUsers: boolean;
  readonly mayAudit: boolean;
  readonly mayNights: boolean;
  readonly mayUsage: boolean;
  readonly mayConsole: boolean;
}): readonly NavSection[] {
  if (!mayConsole) {
    return [
      {
        links: [
          { href: "/clients", label: "Your companies", icon: IconBuildingStore },
          { href: helpHref("", null), label: "Help", icon: IconHelp },
        ],
      },
      { title: "Settings", links: YOURS },
    ];
  }
  return [
    {
      links: [
        { href: "/clients", label: "Clients", icon: IconBuildingStore },
        ...(mayNights ? [{ href: "/settings/nights", label: "Nightly runs", icon: IconMoon }] : []),
        ...(mayUsage ? [{ href: "/settings/usage", label: "Calls and cost", icon: IconGauge }] : []),
      ],
    },
    {
      title: "Settings",
      links: [
        ...(mayUsers ? [{ href: "/settings/users", label: "Users", icon: IconUsers }] : []),
        ...(mayAudit
          ? [
              { href: "/settings/audit", label: "Audit", icon: IconListSearch },
              { href: "/settings/invariants", label: "Invariants", icon: IconShieldCheck },
              { href: "/settings/workers", label: "Workers and queue", icon: IconEngine },
            ]
          : []),
        { href: "/settings/alerts", label: "Alerts", icon: IconBell },
        ...YOURS,
      ],
    },
  ];
}
