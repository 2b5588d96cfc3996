"use client";

import { Button } from "@mantine/core";
import { useState, useTransition } from "react";
import { Notice } from "#components/ui/notice.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import type { ChainState } from "#db/queries/audit.ts";
import type { ActionAnswer } from "#lib/common/answer.ts";
import { verifyAudit } from "../actions.ts";
import classes from "./audit.module.css";

interface Verified {
  readonly chains: number;
  readonly rows: number;
  readonly broken: number;
  readonly first: readonly ChainState[];
}

const figure = (count: number) => new Intl.NumberFormat("en-GB").format(count);
const chainWords = (count: number) => `${figure(count)} ${count === 1 ? "chain" : "chains"}`;

/** Counts every event's hash again, of all clients or of those searched for. */
export function VerifyChain({ client }: { readonly client: string }) {
  const [answer, setAnswer] = useState<ActionAnswer<Verified> | null>(null);
  const [busy, start] = useTransition();

  return (
    <Panel
      title="Audit integrity"
      aside={client === "" ? "The practice and every client" : `Clients that match “${client}”`}
      actions={
        <Button variant="default" loading={busy} onClick={() => start(async () => setAnswer(await verifyAudit({ client })))}>
          Verify chain
        </Button>
      }
      padded
    >
      <p className={classes.lead}>
        Each event stores a hash of itself and of the client's event before it. Verifying recalculates every hash and names the
        first event that was changed, added or removed. If you keep a copy of a chain's last hash, you can also tell later whether
        its last events are missing.
      </p>
      {answer?.ok === false && <Notice kind="bad">{answer.error.message}</Notice>}
      {answer?.ok === true && <Result verified={answer.data} />}
    </Panel>
  );
}

function Result({ verified }: { readonly verified: Verified }) {
  const { chains, rows, broken, first } = verified;
  return (
    <>
      <div className={classes.result}>
        {broken === 0 ? (
          <Notice kind="good">
            Intact: {chainWords(chains)} with {figure(rows)} events.
          </Notice>
        ) : (
          <Notice kind="bad">
            {figure(broken)} of {chainWords(chains)} {broken === 1 ? "is" : "are"} broken. Restore the database beside this one
            from a backup and compare from the event named below.
          </Notice>
        )}
      </div>
      {first.length > 0 && (
        <PlainTable label="Chains">
          <thead>
            <tr>
              <th scope="col">Chain</th>
              <th scope="col" data-align="end">
                Events
              </th>
              <th scope="col">State</th>
              <th scope="col">Last hash</th>
            </tr>
          </thead>
          <tbody>
            {first.map((chain) => (
              <tr key={chain.clientSlug ?? ""}>
                <th scope="row">{chain.clientName ?? "The practice itself"}</th>
                <td data-align="end">{figure(chain.rows)}</td>
                <td>
                  {chain.brokenAt === null ? (
                    <StatusDot kind="good">Whole</StatusDot>
                  ) : (
                    <StatusDot kind="bad">Broken at event {chain.brokenAt}</StatusDot>
                  )}
                </td>
                <td className={classes.hash} title={chain.head}>
                  {chain.head.slice(0, 16)}
                </td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
      {chains > first.length && (
        <p className={classes.lead}>The first {figure(first.length)} are shown; broken ones come first.</p>
      )}
    </>
  );
}
