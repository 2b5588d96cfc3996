import { env } from "#lib/env.ts";

export const dynamic = "force-dynamic";

export default function Home() {
  return <p>Greentick listens at {env().APP_URL}</p>;
}
