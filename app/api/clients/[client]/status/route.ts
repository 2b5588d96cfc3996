import { clientRoute } from "#lib/auth/route.ts";
import { clientStatus } from "#lib/auth/shell.ts";

export const GET = clientRoute({
  name: "client.status",
  allow: "view",
  method: "GET",
  run: ({ scope, client, inScope }) => inScope((db) => clientStatus(db, scope, client)),
});
