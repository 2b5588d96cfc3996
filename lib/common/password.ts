import { hash, verify } from "@node-rs/argon2";

const PASSWORD_MIN = 12;
/** Far beyond the 64 that must be allowed, and short enough that hashing cannot be made a burden. */
export const PASSWORD_MAX = 256;

// argon2id, as OWASP's password storage sheet has it for web sign-in: 19 MiB, two passes, one lane.
const OPTIONS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** What people type when twelve characters are asked for, from the published lists of leaked passwords. Compared in lower case. */
const COMMON = new Set(
  `123456789012 1234567890123 12345678901234 123456789123 1234567891011 123123123123 012345678901 112233445566 121212121212 111111111111
000000000000 qwertyuiop12 qwertyuiop123 qwertyuiop1234 qwertyuiop[] qwerty123456 qwerty1234567 qwertyuiopasdf 1qaz2wsx3edc 1q2w3e4r5t6y
q1w2e3r4t5y6 zaq12wsxcde3 password1234 password12345 password123456 passwordpassword password123! passw0rd1234 p@ssw0rd1234 p@ssword1234
password2023 password2024 password2025 password2026 letmein12345 letmeinletmein welcome12345 welcome123456 administrator administrator1
admin1234567 admin12345678 adminadminadmin iloveyou1234 iloveyou12345 iloveyou123456 sunshine1234 princess1234 football1234 baseball1234
superman1234 liverpool123 liverpool1234 manchester12 manchesterunited chelsea12345 arsenal12345 changemenow1 changeme1234 changeme12345
trustno1trustno1 monkey123456 dragon123456 master123456 abc123abc123 abcdefghijkl abcdefghijklm abcd1234abcd abcdef123456 a1b2c3d4e5f6
asdfghjkl123 asdfghjkl1234 zxcvbnm12345 zxcvbnm123456 accountant123 bookkeeper12 bookkeeping1 accounting12 accounting123 greentick123
greentick1234 computer1234 internet1234 michael12345 charlie12345 jennifer1234 thomas123456 starwars1234 correcthorsebatterystaple
secret123456 test12345678 testtesttest testing12345 default12345 qazwsxedcrfv qweasdzxc123 aaaaaaaaaaaa 1234qwerasdf qwer1234asdf
summer2024!! summer2025!! winter2024!! winter2025!! spring2025!! autumn2025!! december2025 november2026 september2026`.split(
    /\s+/,
  ),
);

/** Why a new password is not taken, in words for the reader; null when it is. Length counts characters, and any may be used. */
export function passwordFault(password: string, email: string): string | null {
  const length = [...password].length;
  if (length < PASSWORD_MIN) return `Use at least ${PASSWORD_MIN} characters: a few words in a row are easy to remember.`;
  if (length > PASSWORD_MAX) return `Use at most ${PASSWORD_MAX} characters.`;
  const plain = password.toLowerCase();
  if (COMMON.has(plain) || new Set(plain).size < 4) return "This password is too common. Choose another.";
  const name = email.toLowerCase().split("@")[0] ?? "";
  if (plain === email.toLowerCase() || (name.length >= 4 && plain.replaceAll(/[^a-z]/g, "") === name.replaceAll(/[^a-z]/g, ""))) {
    return "Choose a password that is not your e-mail address.";
  }
  return null;
}

/** The argon2id hash to keep. */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize("NFKC"), OPTIONS);
}

let nobody: Promise<string> | null = null;

/** Prepares the hash that a missing user's password is compared with; at start, so that the first such try costs no more than others. */
export function prepareNobody(): Promise<string> {
  nobody ??= hashPassword(crypto.randomUUID());
  return nobody;
}

/** Whether the password is right. Without a hash (no such user) it costs the same one argon2 and is never right. */
export async function isPassword(passwordHash: string | null, password: string): Promise<boolean> {
  const compared = await verify(passwordHash ?? (await prepareNobody()), password.normalize("NFKC"), OPTIONS);
  return passwordHash !== null && compared;
}
