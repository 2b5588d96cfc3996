import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "./files.ts";
import { StartRefusal } from "./refusal.ts";

const secretsSchema = z.object({ appSecrets: z.string(), sessionSecret: z.string(), demoPassword: z.string() });
export type Secrets = z.infer<typeof secretsSchema>;

/** No letters or digits that are read for one another: the demo password is typed from a terminal. */
const READABLE = "abcdefghjkmnpqrstuvwxyz23456789";

/**
 * The secrets of a data folder with an embedded database: made once, kept in a file that only its owner may read.
 *
 * @throws {Error} when the file is damaged: new ones would make every stored token unreadable
 */
export function keptSecrets(dataDir: string): Secrets {
  const path = join(dataDir, "secrets.json");
  if (existsSync(path)) {
    const kept = secretsSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (!kept.success)
      throw new StartRefusal(
        `${path} is damaged: tokens and sessions are encrypted with what it held. Put it back from a backup.`,
      );
    return kept.data;
  }
  const secrets: Secrets = {
    appSecrets: `first:${randomBytes(32).toString("base64")}`,
    sessionSecret: randomBytes(48).toString("base64url"),
    demoPassword: readablePassword(),
  };
  writeWhole(path, `${JSON.stringify(secrets, null, 2)}\n`, 0o600);
  return secrets;
}

/** Four groups of four: 79 bits. Bytes past the last whole multiple are thrown away, so that no letter is likelier. */
function readablePassword(): string {
  let letters = "";
  while (letters.length < 16) {
    for (const byte of randomBytes(32)) {
      if (byte < 256 - (256 % READABLE.length)) letters += READABLE[byte % READABLE.length] ?? "";
    }
  }
  return [0, 4, 8, 12].map((at) => letters.slice(at, at + 4)).join("-");
}
