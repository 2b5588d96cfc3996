import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";

export default function NotFound() {
  return (
    <main>
      <EmptyState
        title="Page not found"
        body="Check the address. You may not have access to this client: ask an administrator."
        action={<LinkButton href="/">Go to your clients</LinkButton>}
      />
    </main>
  );
}
