import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";

export default function NotFound() {
  return (
    <main>
      <EmptyState
        title="There is no such page among yours"
        body="The address may be mistyped, or the client is one that you don't see. An administrator decides who sees which client."
        action={<LinkButton href="/">Go to your clients</LinkButton>}
      />
    </main>
  );
}
