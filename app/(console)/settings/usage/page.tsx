import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { Amount } from "#components/ui/amount.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageTitle, Panel, PlainTable } from "#components/ui/page.tsx";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { listNights, type Night } from "#db/queries/nights/nights.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { formatBytes } from "#lib/common/bytes.ts";
import { formatDate } from "#lib/common/dates.ts";
import { listConnectors } from "#lib/connectors/registry.ts";
import type { DirectConnector, PriceList, PriceTier } from "#lib/connectors/types.ts";
import { appCallsPerSecond } from "#lib/connectors/windows.ts";
import { type AppUse, costOfTiers, readAppUse } from "#lib/watching/usage.ts";
import { database } from "#lib/web.ts";
import classes from "./usage.module.css";

export const metadata: Metadata = { title: "Calls and cost" };

const number = new Intl.NumberFormat("en-GB");
const percent = new Intl.NumberFormat("en-GB", { style: "percent", maximumFractionDigits: 0 });

/** What the practice's apps used of each package this month, what that costs under each tier, and when tonight's run is expected to end. */
export default async function UsagePage() {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "setup");
  if (!scope) notFound();
  // Those that we call ourselves: no other has a price for a call.
  const connectors = listConnectors().flatMap((one) => (one.style === "direct" ? one : []));
  const { nights, used } = await database().inScope(scope, async (db) => {
    const used: { connector: DirectConnector; use: AppUse }[] = [];
    for (const connector of connectors) used.push({ connector, use: await readAppUse(db, scope, connector.id) });
    return { nights: await listNights(db, scope, 1), used };
  });
  const [night] = nights;
  return (
    <>
      <PageTitle title="Calls and cost" aside="Calls to each package’s API this month, and their cost. Days are UTC." />
      <div className={classes.panels}>
        <Panel title="The night" padded>
          {night === undefined ? (
            <span className={classes.dim}>No nightly run yet.</span>
          ) : (
            <Tonight night={night} mostPerSecond={connectors[0] ? appCallsPerSecond(connectors[0].limits) : null} />
          )}
        </Panel>
        {used.map(({ connector, use }) => (
          <OnePackage key={connector.id} connector={connector} use={use} />
        ))}
      </div>
    </>
  );
}

/** @param mostPerSecond what the package allows the whole app; null where it names no such limit */
function Tonight({ night, mostPerSecond }: { readonly night: Night; readonly mostPerSecond: number | null }) {
  const end = night.endedAt ?? night.finishAt;
  return (
    <dl className={classes.figures}>
      <div>
        <dt>Night</dt>
        <dd>
          <Link href={`/settings/nights/${night.nightOn}`} prefetch={false}>
            {formatDate(night.nightOn)}
          </Link>
        </dd>
      </div>
      <div>
        <dt>State</dt>
        <dd>{night.endedAt === null ? <StatusDot kind="busy">Running</StatusDot> : <StatusDot kind="good">Ended</StatusDot>}</dd>
      </div>
      <div>
        <dt>{night.endedAt === null ? "Expected to end" : "Ended"}</dt>
        <dd>
          {end === null ? (
            "Not known yet"
          ) : (
            <>
              <Moment at={end} timeZone="UTC" /> UTC
            </>
          )}
        </dd>
      </div>
      <div>
        <dt>Done</dt>
        <dd>
          {number.format(night.done)} of {number.format(night.total)}
        </dd>
      </div>
      <div>
        <dt>Calls a second</dt>
        <dd>
          {new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 }).format(night.callsPerSecond)}
          {mostPerSecond !== null && (
            <span className={classes.dim}> {percent.format(night.callsPerSecond / mostPerSecond)} of the limit</span>
          )}
        </dd>
      </div>
    </dl>
  );
}

function OnePackage({ connector, use }: { readonly connector: DirectConnector; readonly use: AppUse }) {
  return (
    <>
      <Panel
        title={`${connector.name} this month`}
        aside={
          use.asOf === null ? (
            "No calls yet"
          ) : (
            <>
              Data as of <Moment at={use.asOf} timeZone="UTC" /> UTC
            </>
          )
        }
        padded
      >
        <dl className={classes.figures}>
          {[
            { label: "Connections", value: number.format(use.connections), note: "live" },
            { label: "Calls", value: number.format(use.calls), note: `${number.format(use.expected.calls)} by the month’s end` },
            { label: "Sent", value: formatBytes(use.bytesOut), note: "not charged" },
            { label: "Received", value: formatBytes(use.bytesIn), note: "compressed" },
            { label: "Egress", value: formatBytes(use.egress), note: `${formatBytes(use.expected.egress)} by the month’s end` },
          ].map(({ label, value, note }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd className={classes.value}>{value}</dd>
              <dd className={classes.dim}>{note}</dd>
            </div>
          ))}
        </dl>
      </Panel>
      {connector.prices && <Tiers name={connector.name} prices={connector.prices} use={use} />}
      <Panel title={`${connector.name} by day`}>
        {use.days.length === 0 ? (
          <EmptyState title="No calls this month" body="Each day with calls appears here." />
        ) : (
          <PlainTable label={`Calls to ${connector.name} by day`}>
            <thead>
              <tr>
                <th scope="col">Day</th>
                {["Calls", "Sent", "Received", "Egress"].map((label) => (
                  <th key={label} scope="col" data-align="end">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {use.days.map((day) => (
                <tr key={day.on}>
                  <th scope="row">
                    <DateText date={day.on} />
                  </th>
                  <td data-align="end">{number.format(day.calls)}</td>
                  <td data-align="end">{formatBytes(day.bytesOut)}</td>
                  <td data-align="end">{formatBytes(day.bytesIn)}</td>
                  <td data-align="end">{formatBytes(day.egress)}</td>
                </tr>
              ))}
            </tbody>
          </PlainTable>
        )}
      </Panel>
    </>
  );
}

function included({ egress }: PriceTier): string {
  if (egress === "free") return "Not charged";
  return egress === "by-quote" ? "By quote" : formatBytes(egress.includedBytes);
}

function Tiers({ name, prices, use }: { readonly name: string; readonly prices: PriceList; readonly use: AppUse }) {
  const costs = costOfTiers(prices, { connections: use.connections, egress: use.expected.egress });
  return (
    <Panel
      title={`What ${name} costs`}
      aside={`Monthly cost before tax, in ${prices.currency}, for the use expected by month end`}
    >
      <PlainTable label={`What ${name} costs by tier`}>
        <thead>
          <tr>
            <th scope="col">Tier</th>
            <th scope="col" data-align="end">
              Connections up to
            </th>
            <th scope="col" data-align="end">
              Egress included
            </th>
            <th scope="col" data-align="end">
              Overage
            </th>
            <th scope="col" data-align="end">
              Cost
            </th>
            <th scope="col">For this practice</th>
          </tr>
        </thead>
        <tbody>
          {costs.map(({ tier, fits, least, minor, overMinor }) => (
            <tr key={tier.name} className={classes.row} data-least={least}>
              <th scope="row">{tier.name}</th>
              <td data-align="end">{tier.connections === null ? "Any number" : number.format(tier.connections)}</td>
              <td data-align="end">{included(tier)}</td>
              <td data-align="end">
                {overMinor === 0n ? "" : <Amount minor={overMinor} currency={prices.currency} withCurrency />}
              </td>
              <td data-align="end">
                {minor === null ? "By quote" : <Amount minor={minor} currency={prices.currency} withCurrency />}
              </td>
              <td>{least ? "Cheapest tier that fits" : fits ? "" : <span className={classes.dim}>Too small</span>}</td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
      <p className={classes.note}>
        Prices since {formatDate(prices.since)}. {name} does not report the app’s tier or its own count. These are Greentick’s
        counts, without the answers about the organisation.
      </p>
    </Panel>
  );
}
