import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { clientRoute } from "#lib/auth/route.ts";
import { CONTROL_REFUSED, controlIn } from "#lib/common/control-characters.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { tryProfile } from "#lib/operational/try-profile.ts";

const MAX_SAMPLE = 8 * 1024 * 1024;

const form = z.object({
  profile: z.string().max(200_000),
  sheet: z.string().max(100).nullable(),
  cut: z.string().nullable(),
  sample: z.instanceof(File),
});

/** Says how the first lines of a sample would be understood by a profile as it is being written; keeps neither. */
export const POST = clientRoute({
  name: "profile.preview",
  allow: "export",
  method: "POST",
  run: async ({ scope, request, inScope }) => {
    const length = request.headers.get("content-length");
    if (length === null || !/^\d{1,9}$/.test(length) || Number(length) > MAX_SAMPLE)
      throw new Refusal("The sample is larger than 8 MiB: take a smaller file to write a profile with.", { field: "sample" });
    const data = await request.formData().catch(() => null);
    const parsed = form.safeParse({
      profile: data?.get("profile"),
      sheet: data?.get("sheet") ?? null,
      cut: data?.get("cut") ?? null,
      sample: data?.get("sample"),
    });
    if (!parsed.success) throw new Refusal("Send a profile and a sample.", { field: "sample" });
    const folder = await mkdtemp(join(tmpdir(), "greentick-sample-"));
    try {
      const path = join(folder, "sample");
      await writeFile(path, Buffer.from(await parsed.data.sample.arrayBuffer()), { mode: 0o600 });
      const definition: unknown = JSON.parse(parsed.data.profile);
      if (controlIn(definition) !== null) throw new Refusal(CONTROL_REFUSED, { field: "profile" });
      const sample = { path, sheet: parsed.data.sheet, isCut: parsed.data.cut === "1" };
      return await inScope((db) => tryProfile(db, scope, sample, definition));
    } catch (error) {
      if (error instanceof SyntaxError) throw new Refusal("The profile cannot be read.", { field: "profile" });
      throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});
