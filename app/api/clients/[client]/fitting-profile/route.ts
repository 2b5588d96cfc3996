import { clientRoute } from "#lib/auth/route.ts";
import { fitOfSample } from "#lib/operational/fitting-profile.ts";
import { withSample } from "#lib/operational/sample.ts";

/** Names the profile whose headings a file has, by its head alone; null where the one that is chosen may stay. Keeps nothing. */
export const POST = clientRoute({
  name: "file.fit",
  allow: "export",
  method: "POST",
  run: ({ scope, request, inScope }) => withSample(request, (sample) => inScope((db) => fitOfSample(db, scope, sample))),
});
