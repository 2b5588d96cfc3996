import { eq, inArray, like } from "drizzle-orm";
import { openDatabase, type ScopedDb } from "#db/client.ts";
import { addDemoPractice, findDemoScene } from "#db/queries/practice/demo.ts";
import { clients } from "#db/schema/clients.ts";
import { nominalCodes, taxCodes } from "#db/schema/operational.ts";
import { type Role, userClients, users } from "#db/schema/people.ts";
import { hashPassword, isPassword } from "#lib/common/password.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { NOMINAL_CODES, TAX_CODES } from "./chart.ts";

const DEMO_USERS: readonly { mailbox: string; name: string; role: Role; sees: readonly string[] }[] = [
  { mailbox: "admin", name: "Demo administrator", role: "administrator", sees: [] },
  { mailbox: "adviser", name: "Demo adviser", role: "adviser", sees: ["ashdown-wholesale", "brackenfell-pottery"] },
  { mailbox: "staff", name: "Demo staff", role: "staff", sees: ["ashdown-wholesale", "brackenfell-pottery"] },
  { mailbox: "client", name: "Demo client", role: "client", sees: ["ashdown-wholesale"] },
];
const DEMO_DOMAIN = "demo.greentick.test";

const DEMO_CLIENTS = [
  { slug: "ashdown-wholesale", name: "Ashdown Wholesale" },
  { slug: "brackenfell-pottery", name: "Brackenfell Pottery" },
  { slug: "calder-exports", name: "Calder Exports" },
] as const;

/**
 * Loads the demo practice, its sign-ins and its clients with their nominal and tax codes. May be called at every start: it adds
 * what is missing, gives the demo sign-ins the password that is printed, and touches nothing that a person has changed.
 * Connections and documents of these clients are for the newcomer to make; the two clients that show a practice at work are made beside
 * them, by the product's own use cases: `lib/demo/scene.ts`.
 *
 * @returns whether those two are still to be made; never in a practice that was no demo from its beginning
 */
export async function loadDemo({
  workerUrl,
  password,
}: {
  ownerUrl: string;
  workerUrl: string;
  password: string;
}): Promise<{ readonly sceneDue: boolean }> {
  const database = openDatabase(workerUrl, { max: 1, applicationName: "greentick demo" });
  const scope = jobPracticeScope({ userId: null, label: "Demo" });
  try {
    return await database.inScope(scope, async (db) => {
      await addDemoPractice(db, scope, "Greentick demo practice");
      const clientIds = await addClients(db);
      await addUsers(db, password, clientIds);
      const scene = await findDemoScene(db);
      return { sceneDue: scene !== null && scene.endedAt === null };
    });
  } finally {
    await database.close();
  }
}

/** Answers the ids of the demo's clients by slug. */
async function addClients(db: ScopedDb): Promise<ReadonlyMap<string, string>> {
  await db
    .insert(clients)
    .values([...DEMO_CLIENTS])
    .onConflictDoNothing();
  const made = await db
    .select({ id: clients.id, slug: clients.slug })
    .from(clients)
    .where(
      inArray(
        clients.slug,
        DEMO_CLIENTS.map((client) => client.slug),
      ),
    );
  for (const { id: clientId } of made) {
    await db
      .insert(nominalCodes)
      .values(NOMINAL_CODES.map(([code, name, kind]) => ({ clientId, code, name, kind })))
      .onConflictDoNothing();
    await db
      .insert(taxCodes)
      .values(TAX_CODES.map(([code, name, rate, kind, side]) => ({ clientId, code, name, rate, kind, side: side ?? null })))
      .onConflictDoNothing();
  }
  return new Map(made.map((client) => [client.slug, client.id]));
}

async function addUsers(db: ScopedDb, password: string, clientIds: ReadonlyMap<string, string>): Promise<void> {
  const there = await db
    .select({ id: users.id, email: users.email, passwordHash: users.passwordHash })
    .from(users)
    .where(like(users.email, `%@${DEMO_DOMAIN}`));
  for (const { mailbox, name, role, sees } of DEMO_USERS) {
    const email = `${mailbox}@${DEMO_DOMAIN}`;
    const user = there.find((row) => row.email === email);
    if (user) {
      if (!(await isPassword(user.passwordHash, password))) {
        await db
          .update(users)
          .set({ passwordHash: await hashPassword(password) })
          .where(eq(users.id, user.id));
      }
      continue;
    }
    const [added] = await db
      .insert(users)
      .values({ email, name, role, passwordHash: await hashPassword(password) })
      .returning({ id: users.id });
    if (!added) throw new Error(`The demo sign-in ${email} was not written`);
    const seen = sees.flatMap((slug) => clientIds.get(slug) ?? []);
    if (seen.length > 0) {
      await db.insert(userClients).values(seen.map((clientId, at) => ({ userId: added.id, clientId, favourite: at === 0 })));
    }
  }
}
