import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PageTitle, Panel } from "#components/ui/page.tsx";
import { listDeliveries, listOwnAmong, listWebhooks } from "#db/queries/alerts.ts";
import { readAlertSettings } from "#lib/alerts/settings.ts";
import { can } from "#lib/auth/permissions.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { database } from "#lib/web.ts";
import { AddWebhook } from "./add-webhook.tsx";
import classes from "./alerts.module.css";
import { Deliveries } from "./deliveries.tsx";
import { OwnAlerts } from "./own-alerts.tsx";
import { TestButton } from "./test-button.tsx";
import { Webhooks } from "./webhooks.tsx";

export const metadata: Metadata = { title: "Alerts" };

const LATEST = 20;

export default async function AlertsPage() {
  const staff = await requireStaff();
  const scope = await practiceScopeFor(staff, "console");
  if (!scope) notFound();
  const administers = can(staff.role, "keys");
  const found = await database().inScope(scope, async (db) => {
    const settings = await readAlertSettings(db, scope, staff);
    const webhooks = administers ? await listWebhooks(db, scope) : [];
    const ids = webhooks.map(({ id }) => id);
    return {
      settings,
      known: settings.clients === "all" ? [] : await listOwnAmong(db, scope, staff.userId, settings.clients),
      own: await listDeliveries(db, scope, [staff.userId], LATEST),
      webhooks,
      posted: await listDeliveries(db, scope, ids, LATEST),
    };
  });
  const { settings, known, own, webhooks, posted } = found;
  const names = Object.fromEntries(webhooks.map(({ id, name }) => [id, name]));
  return (
    <>
      <PageTitle title="Alerts" aside="E-mails and webhooks about your clients" />
      <div className={classes.panels}>
        <Panel title="Your alerts" aside={staff.email} padded>
          <OwnAlerts
            key={JSON.stringify(settings)}
            settings={settings}
            known={Object.fromEntries(known.map(({ id, name }) => [id, name]))}
            all={administers ? "All clients" : "All my clients"}
          />
        </Panel>
        <Panel title="Sent to you" actions={<TestButton webhookId={null} />}>
          <Deliveries rows={own} label="Messages to you" nothing="Nothing has been sent to you yet." />
        </Panel>
        {administers && (
          <>
            <Panel title="Webhooks of the practice" aside={`${webhooks.length}`} actions={<AddWebhook />}>
              <Webhooks rows={webhooks} />
            </Panel>
            {webhooks.length > 0 && (
              <Panel title="Sent to webhooks">
                <Deliveries rows={posted} names={names} label="Messages to webhooks" nothing="Nothing has been sent yet." />
              </Panel>
            )}
          </>
        )}
      </div>
    </>
  );
}
