import { clientRoute } from "#lib/auth/route.ts";
import { CONTROL_REFUSED, controlIn } from "#lib/common/control-characters.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { withSample } from "#lib/operational/sample.ts";
import { tryProfile } from "#lib/operational/try-profile.ts";

/** Says how the first lines of a sample would be understood by a profile as it is being written; keeps neither. */
export const POST = clientRoute({
  name: "profile.preview",
  allow: "export",
  method: "POST",
  run: ({ scope, request, inScope }) =>
    withSample(request, (sample) => {
      const definition = definitionOf(sample.profile);
      if (controlIn(definition) !== null) throw new Refusal(CONTROL_REFUSED, { field: "profile" });
      return inScope((db) => tryProfile(db, scope, sample, definition));
    }),
});

function definitionOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal("The profile cannot be read.", { field: "profile" });
  }
}
