"use client";

import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import {
  IconChevronDown,
  IconHourglass,
  IconPlugConnected,
  IconPlugConnectedX,
  IconPlugOff,
  IconShieldX,
  IconUsers,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { type ReactNode, useEffect, useRef, useState, useTransition } from "react";
import { BY_ITSELF } from "#components/ui/fetch-json.ts";
import { clientKey } from "#components/ui/queries.ts";
import type { News } from "#db/queries/practice/news.ts";
import type { ActionAnswer } from "#lib/common/answer.ts";
import { onCounts } from "./counts-in-step.ts";
import { type Counts, clientSections, footLink } from "./nav.ts";
import classes from "./shell.module.css";
import { Shell } from "./shell.tsx";
import { useNews } from "./use-news.tsx";
import type { ShellUser } from "./user-menu.tsx";
import { WorkerDown, workerDownWords } from "./worker-down.tsx";

/** What every page of a client shows around it; asked for again after each step and while the page is open. */
export interface ClientStatus {
  readonly connection: {
    readonly packageName: string;
    readonly tenantName: string;
    readonly state: "live" | "lost";
    /** "02:14" today, else with its date; null before the first. */
    readonly lastSync: string | null;
    readonly lostSince: string | null;
    readonly lostReason: string | null;
    /** The integration is switched off: nothing is sent or read. */
    readonly off: boolean;
    /** Three tries in a row did not get through, since then: nobody calls until a person says so. */
    readonly stoppedSince: string | null;
    readonly stoppedWhy: string | null;
    /** The package, or its limit, lets nobody call before then: a sentence. */
    readonly waiting: string | null;
  } | null;
  /** Since when no background worker runs: "02:14", or a word where none ever did; null while one does. */
  readonly workerDownSince: string | null;
  readonly counts: Counts;
  /** Checks of this client that failed when they were made last. */
  readonly failed: readonly { readonly id: string; readonly rule: string }[];
  /** Who else has this client open, each with their pages; absent until it was asked for. */
  readonly others?: readonly string[];
  /** What was synchronised and what failed since it was asked last. */
  readonly news?: News;
}

type Resume = (input: { clientId: string }) => Promise<ActionAnswer<{ connectionId: string }>>;

const ASK_EVERY_MS = 10_000;
/** While no worker runs: its first heartbeat shows at once. */
const ASK_DOWN_MS = 2_000;

function isStatus(value: unknown): value is ClientStatus {
  return typeof value === "object" && value !== null && "connection" in value && "counts" in value;
}

/** The latest word: what the server drew the page with, or what it has answered since. */
function useStatus(slug: string, given: ClientStatus): ClientStatus {
  const [status, setStatus] = useState(given);
  const [drawn, setDrawn] = useState(given);
  if (drawn !== given) {
    setDrawn(given);
    setStatus(given);
  }
  const page = usePathname().slice(`/clients/${slug}`.length);
  const router = useRouter();
  const since = useRef<string | null>(null);
  const { data: answered } = useQuery({
    queryKey: clientKey(slug, "status", page),
    queryFn: async ({ signal }) => {
      // A page that opens in the background is nobody being there.
      if (document.visibilityState === "hidden") return null;
      const query = new URLSearchParams({ page, ...(since.current === null ? {} : { since: since.current }) });
      const answer = await fetch(`/api/clients/${slug}/status?${query}`, { headers: BY_ITSELF, signal });
      // Signed out, disabled, or no longer theirs: the server says where to go.
      if (answer.status === 401 || answer.status === 404) router.refresh();
      const body: unknown = answer.ok ? await answer.json() : null;
      if (!isStatus(body)) return null;
      since.current = body.news?.asOf ?? since.current;
      return body;
    },
    refetchInterval: status.workerDownSince === null ? ASK_EVERY_MS : ASK_DOWN_MS,
    // Each answer is heard, even one that says what the last one did: a page may have said other figures meanwhile.
    structuralSharing: false,
  });
  useEffect(() => {
    if (answered) setStatus(answered);
  }, [answered]);
  useEffect(() => onCounts((counts) => setStatus((before) => ({ ...before, counts: { ...before.counts, ...counts } }))), []);
  return status;
}

function Badge({ connection }: { readonly connection: ClientStatus["connection"] }) {
  if (connection === null) {
    return (
      <span className={`${classes.badge} ${classes.none}`}>
        <IconPlugOff size={14} aria-hidden />
        <span className={classes.badgeText}>Not connected</span>
      </span>
    );
  }
  if (connection.off) {
    return (
      <span className={`${classes.badge} ${classes.none}`}>
        <IconPlugOff size={14} aria-hidden />
        <span className={classes.badgeText}>{connection.packageName} · Integration is off</span>
      </span>
    );
  }
  const lost = connection.state === "lost";
  const Icon = lost ? IconPlugConnectedX : IconPlugConnected;
  return (
    <span className={`${classes.badge} ${lost ? classes.lost : classes.live}`}>
      <Icon size={14} aria-hidden />
      <span className={classes.badgeText}>
        {connection.packageName} · {connection.tenantName}
        {lost ? " · connection lost" : ""}
      </span>
    </span>
  );
}

function Switcher({
  name,
  others,
  many,
  all,
}: {
  readonly name: string;
  readonly others: readonly { readonly slug: string; readonly name: string }[];
  readonly many: boolean;
  /** The words of the way to all of them. */
  readonly all: string;
}) {
  if (!many) {
    return (
      <span className={classes.client}>
        <span className={classes.clientName}>{name}</span>
      </span>
    );
  }
  return (
    <Menu position="bottom-start" width={260}>
      <Menu.Target>
        <button type="button" className={classes.client} aria-label={`${name}: change client`}>
          <span className={classes.clientName}>{name}</span>
          <IconChevronDown size={16} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {others.map((other) => (
          <Menu.Item key={other.slug} component={Link} href={`/clients/${other.slug}`}>
            {other.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component={Link} href="/clients">
          {all}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function RedBar({
  slug,
  connection,
  mayConnect,
}: {
  readonly slug: string;
  readonly connection: ClientStatus["connection"];
  readonly mayConnect: boolean;
}) {
  if (connection?.state !== "lost") return null;
  return (
    <div className={classes.redBar} role="alert">
      <IconPlugConnectedX size={18} aria-hidden />
      <span>
        <strong>
          The connection to {connection.packageName} is lost
          {connection.lostSince === null ? "" : ` since ${connection.lostSince}`}.
        </strong>{" "}
        {connection.lostReason === null ? "" : `${connection.lostReason} `}Nothing is sent or read until it is reconnected;
        pending records are kept.
      </span>
      <span className={classes.redBarAction}>
        {mayConnect ? (
          <Button component={Link} href={`/clients/${slug}/setup`} color="red" size="xs">
            Reconnect
          </Button>
        ) : (
          "Ask an administrator to reconnect."
        )}
      </span>
    </div>
  );
}

/** What a client's own person is told: how it stands, and that it is their accountant's to mend. */
function OwnBar({ connection }: { readonly connection: ClientStatus["connection"] }) {
  if (connection === null) return null;
  const stops =
    connection.state === "lost"
      ? `The connection to ${connection.packageName} is lost${connection.lostSince === null ? "" : ` since ${connection.lostSince}`}`
      : connection.off
        ? `The integration with ${connection.packageName} is switched off`
        : connection.stoppedSince !== null
          ? `${connection.packageName} has not been reached since ${connection.stoppedSince}`
          : null;
  if (stops === null) return null;
  return (
    <div className={classes.offBar} role="status">
      <IconPlugOff size={18} aria-hidden />
      <span>
        <strong>{stops}.</strong> Nothing is sent or read until your accountant has corrected it. Nothing is lost: pending records
        are kept.
      </span>
    </div>
  );
}

function FailedBar({ failed, mayLook }: { readonly failed: ClientStatus["failed"]; readonly mayLook: boolean }) {
  if (failed.length === 0) return null;
  return (
    <div className={classes.redBar} role="alert">
      <IconShieldX size={18} aria-hidden />
      <span>
        <strong>
          {failed.length === 1 ? "A check has failed" : `${failed.length} checks have failed`}:{" "}
          {failed.map(({ id, rule }) => `${rule} (${id})`).join("; ")}.
        </strong>{" "}
        Stop uploading for this client, keep the database as it is, and tell whoever looks after Greentick.
      </span>
      {mayLook && (
        <span className={classes.redBarAction}>
          <Button component={Link} href="/settings/invariants" variant="default" size="xs">
            Open Invariants
          </Button>
        </span>
      )}
    </div>
  );
}

function WorkerBar({ since }: { readonly since: string | null }) {
  if (since === null) return null;
  return (
    <div className={classes.redBar} role="alert">
      <IconPlugOff size={18} aria-hidden />
      <span>
        <strong>{workerDownWords(since)}.</strong> Nothing is sent or read until it runs again; pending records are kept. Tell an
        administrator.
      </span>
    </div>
  );
}

function StoppedBar({
  slug,
  connection,
  resume,
}: {
  readonly slug: string;
  readonly connection: ClientStatus["connection"];
  readonly resume: Resume | null;
}) {
  const router = useRouter();
  const [busy, start] = useTransition();
  if (connection === null || connection.stoppedSince === null || connection.state === "lost" || connection.off) return null;
  return (
    <div className={classes.redBar} role="alert">
      <IconPlugConnectedX size={18} aria-hidden />
      <span>
        <strong>
          Stopped since {connection.stoppedSince}: three attempts in a row did not reach {connection.packageName}.
        </strong>{" "}
        {connection.stoppedWhy} Pending records are kept, and there is no automatic fourth attempt.
      </span>
      <span className={classes.redBarAction}>
        {resume !== null ? (
          <Button
            color="red"
            size="xs"
            loading={busy}
            onClick={() =>
              start(async () => {
                const answer = await resume({ clientId: slug });
                notifications.show(
                  answer.ok ? { message: "Sending resumes where it stopped." } : { message: answer.error.message, color: "red" },
                );
                router.refresh();
              })
            }
          >
            Try again
          </Button>
        ) : (
          "Ask a member of staff to try again."
        )}
      </span>
    </div>
  );
}

function WaitingBar({ connection }: { readonly connection: ClientStatus["connection"] }) {
  if (connection === null || connection.waiting === null || connection.state === "lost" || connection.off) return null;
  if (connection.stoppedSince !== null) return null;
  return (
    <div className={classes.offBar} role="status">
      <IconHourglass size={18} aria-hidden />
      <span>{connection.waiting}</span>
    </div>
  );
}

function OffBar({
  slug,
  connection,
  maySetUp,
}: {
  readonly slug: string;
  readonly connection: ClientStatus["connection"];
  readonly maySetUp: boolean;
}) {
  if (connection?.off !== true) return null;
  return (
    <div className={classes.offBar} role="status">
      <IconPlugOff size={18} aria-hidden />
      <span>
        <strong>Integration is off.</strong> Nothing is sent to {connection.packageName} or read from it; pending records are
        kept.
      </span>
      <span className={classes.redBarAction}>
        {maySetUp ? (
          <Button component={Link} href={`/clients/${slug}/setup`} variant="default" size="xs">
            Open Setup
          </Button>
        ) : (
          "Ask an adviser to switch it on."
        )}
      </span>
    </div>
  );
}

/** The frame of every page of one client. */
export function ClientShell({
  slug,
  name,
  clients,
  user,
  mayConnect,
  maySetUp,
  resume,
  status: given,
  children,
}: {
  readonly slug: string;
  readonly name: string;
  /** The first clients that the person sees; one or none hides the switcher. */
  readonly clients: readonly { readonly slug: string; readonly name: string }[];
  readonly user: ShellUser;
  readonly mayConnect: boolean;
  readonly maySetUp: boolean;
  /** Lets a connection go on that stopped; null for who may not. */
  readonly resume: Resume | null;
  readonly status: ClientStatus;
  readonly children: ReactNode;
}) {
  const status = useStatus(slug, given);
  const { connection, others = [] } = status;
  const pathname = usePathname();
  useNews(status.news, slug, connection?.packageName ?? "the package", pathname === `/clients/${slug}/export`);
  return (
    <Shell
      sections={clientSections(slug, status.counts, user)}
      foot={[footLink(slug, user)]}
      user={user}
      slug={slug}
      bar={
        <>
          <Switcher
            name={name}
            others={clients.filter((other) => other.slug !== slug)}
            many={clients.length > 1}
            all={user.mayConsole ? "All clients" : "All companies"}
          />
          <Badge connection={connection} />
          {connection !== null && (
            <span className={classes.sync}>
              {connection.lastSync === null ? "Not synchronised yet" : `Last sync ${connection.lastSync}`}
            </span>
          )}
          {others.length > 0 && (
            <span className={classes.others} title={others.join("\n")}>
              <IconUsers size={14} stroke={1.8} aria-hidden />
              Also here: {others.slice(0, 2).join(", ")}
              {others.length > 2 && ` and ${others.length - 2} more`}
            </span>
          )}
        </>
      }
      alert={
        user.mayConsole ? (
          <>
            <FailedBar failed={status.failed} mayLook={user.mayAudit} />
            <RedBar slug={slug} connection={connection} mayConnect={mayConnect} />
            <OffBar slug={slug} connection={connection} maySetUp={maySetUp} />
            <WorkerBar since={status.workerDownSince} />
            <StoppedBar slug={slug} connection={connection} resume={resume} />
            <WaitingBar connection={connection} />
          </>
        ) : (
          <OwnBar connection={connection} />
        )
      }
    >
      <WorkerDown value={status.workerDownSince}>{children}</WorkerDown>
    </Shell>
  );
}
