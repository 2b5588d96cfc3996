import { VisuallyHidden } from "@mantine/core";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PlainTable } from "#components/ui/page.tsx";
import classes from "./alerts.module.css";
import { RemoveWebhook } from "./remove-webhook.tsx";
import { TestButton } from "./test-button.tsx";

export interface WebhookRow {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly digest: boolean;
  readonly immediate: boolean;
  readonly createdBy: string;
}

/** What the practice posts alerts to. */
export function Webhooks({ rows }: { readonly rows: readonly WebhookRow[] }) {
  if (rows.length === 0) {
    return (
      <EmptyState
        title="No webhooks yet"
        body="Add the address of a chat or of your own program. Each message is signed, so that the receiver can check it is from Greentick."
      />
    );
  }
  return (
    <PlainTable label="Webhooks">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Address</th>
          <th scope="col">Alerts</th>
          <th scope="col">Added by</th>
          <th scope="col">
            <VisuallyHidden>Actions</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <th scope="row">{row.name}</th>
            <td>
              <span className={classes.address}>{row.url}</span>
            </td>
            <td>{toldOf(row)}</td>
            <td>{row.createdBy}</td>
            <td data-align="end">
              <span className={classes.buttons}>
                <TestButton webhookId={row.id} name={row.name} />
                <RemoveWebhook webhookId={row.id} name={row.name} />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}

function toldOf({ digest, immediate }: WebhookRow): string {
  if (digest && immediate) return "Digests, lost connections";
  if (digest) return "Digests";
  return immediate ? "Lost connections" : "Nothing";
}
