import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { Refusal } from "#lib/common/refusal.ts";

const MAX_SAMPLE = 8 * 1024 * 1024;

const form = z.object({
  profile: z.string().max(200_000),
  sheet: z.string().max(100).nullable(),
  cut: z.string().nullable(),
  sample: z.instanceof(File),
});

/** The head of a file that a browser sent to be looked at, with what it was sent for. */
export interface Sample {
  /** On this machine, until the work is done. */
  readonly path: string;
  readonly sheet: string | null;
  /** Whether it may end within a line. */
  readonly isCut: boolean;
  /** As it was sent: a name, or a profile as it is being written. */
  readonly profile: string;
}

/**
 * Has work done with a sample out of a form; nothing of it is kept.
 *
 * @throws {Refusal} when it is larger than 8 MiB, or no such form
 */
export async function withSample<Answer>(request: Request, work: (sample: Sample) => Promise<Answer>): Promise<Answer> {
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
  const { profile, sheet, cut, sample } = parsed.data;
  const folder = await mkdtemp(join(tmpdir(), "greentick-sample-"));
  try {
    const path = join(folder, "sample");
    const isCut = cut === "1";
    const bytes = Buffer.from(await sample.arrayBuffer());
    await writeFile(path, isCut ? wholeLines(bytes) : bytes, { mode: 0o600 });
    return await work({ path, sheet, isCut, profile });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Without a last line that may be cut within a letter. UTF-16, whose zeros show it, is cut at pairs of bytes and stays as it is. */
function wholeLines(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf(0x0a);
  return end < 0 || bytes.includes(0) ? bytes : bytes.subarray(0, end + 1);
}
