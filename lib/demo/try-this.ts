import type { ScopedDb } from "#db/client.ts";
import { findConnection } from "#db/queries/connections/connections.ts";
import { hasUploaded } from "#db/queries/connections/setup.ts";
import { findClientFor } from "#db/queries/people/people.ts";
import { findUserSetting, saveUserSetting } from "#db/queries/people/user-settings.ts";
import { navCounts } from "#db/queries/practice/counts.ts";
import { type DemoRow, type DemoScene, findDemoScene, listDemoRows } from "#db/queries/practice/demo.ts";
import { jobScope, type PracticeScope } from "#lib/common/scope.ts";
import { ALIVE_CLIENT, HALF_CLIENT } from "./clients.ts";
import { ALIVE, UNMAPPED_CODE } from "./files.ts";

/** One thing to try in the demo. */
export interface Try {
  readonly text: string;
  readonly href: string;
  /** A page of the simulator: the package's side. */
  readonly there: boolean;
}

export interface DemoNews {
  /** While the demo's own clients are being made, or were not finished. */
  readonly making: DemoScene | null;
  /** Empty once the person has dismissed the list. */
  readonly tries: readonly Try[];
}

const DISMISSED = "demo.try-this";

/** What the demo tells one person about itself; nothing where this is no demo. Asked only where its two clients are made. */
export async function demoNews(db: ScopedDb, scope: PracticeScope, userId: string, simulatorUrl: string): Promise<DemoNews> {
  const scene = await findDemoScene(db);
  if (scene === null) return { making: null, tries: [] };
  if (scene.endedAt === null) return { making: scene, tries: [] };
  if ((await findUserSetting(db, scope, userId, DISMISSED)) !== undefined) return { making: null, tries: [] };
  return { making: null, tries: await listTries(db, scope, userId, simulatorUrl) };
}

/** The list is not shown to this person again. */
export async function dismissTries(db: ScopedDb, scope: PracticeScope, userId: string): Promise<void> {
  await saveUserSetting(db, scope, userId, DISMISSED, true);
}

const month = new Intl.DateTimeFormat("en-GB", { month: "long", timeZone: "UTC" });

/** What is still there to be tried, of clients that the person sees: what was done already is named no more. */
async function listTries(db: ScopedDb, scope: PracticeScope, userId: string, simulatorUrl: string): Promise<readonly Try[]> {
  const clientFor = async (slug: string) => {
    const client = await findClientFor(db, scope, userId, slug);
    return client?.sees ? jobScope(client.id, scope.actor) : null;
  };
  const tries: Try[] = [];
  const here = (text: string, href: string) => tries.push({ text, href, there: false });
  const there = (text: string, path: string) => tries.push({ text, href: `${simulatorUrl}${path}`, there: true });

  const alive = await clientFor(ALIVE_CLIENT.slug);
  const connection = alive && (await findConnection(db, alive));
  if (alive && connection) {
    const at = `/clients/${ALIVE_CLIENT.slug}`;
    const books = `/${connection.package}/${connection.tenantId}`;
    const rows = new Map((await listDemoRows(db, alive)).map((row) => [row.reference, row]));
    const of = (reference: string, test: (row: DemoRow) => boolean) => {
      const row = rows.get(reference);
      return row && test(row) ? row : null;
    };
    if (of(ALIVE.unmapped, (row) => row.errorCode === "mapping.account-missing"))
      here(
        `Map nominal code ${UNMAPPED_CODE}: ${ALIVE.unmapped} is then sent`,
        `${at}/mapping?tab=nominal&code=${UNMAPPED_CODE}`,
      );
    if (of(ALIVE.differs, (row) => row.state === "drifted"))
      here(`See what differs on ${ALIVE.differs}, and accept it or send yours again`, `${at}/export?e_tick=differs`);
    if ((await navCounts(db, alive)).incoming > 0)
      here(`Create the payment of ${ALIVE.paid} that the night found`, `${at}/import`);
    if (of(ALIVE.pending, (row) => row.panel === "pending" && row.state === "pending" && !row.chosen))
      here(`Upload ${ALIVE.pending} and watch it get its green tick`, `${at}/export`);
    const locked = of(ALIVE.locked, (row) => row.errorCode === "package.period-locked");
    if (locked) {
      const name = month.format(new Date(`${locked.issuedOn}T00:00:00Z`));
      there(
        `Unlock ${name} in the simulator, then press Refresh accounts under Mapping: ${ALIVE.locked} is sent`,
        `${books}#locks`,
      );
    }
    const green = (row: DemoRow) => row.state === "confirmed" && row.externalId !== null;
    const toPay = of(ALIVE.toPay, green);
    if (toPay)
      there(
        `Pay ${ALIVE.toPay} in the simulator, then press Read payments now under Import`,
        `${books}/document/${toPay.externalId}`,
      );
    const toChange = of(ALIVE.toChange, green);
    if (toChange)
      there(
        `Change bill ${ALIVE.toChange} in the simulator by a penny, then press Read payments now: it differs`,
        `${books}/document/${toChange.externalId}`,
      );
  }
  const half = await clientFor(HALF_CLIENT.slug);
  const other = half && (await findConnection(db, half));
  if (half && other && !(await hasUploaded(db, half, other.id)))
    here(`Finish setting up ${HALF_CLIENT.name}`, `/clients/${HALF_CLIENT.slug}`);
  const first = await findClientFor(db, scope, userId, "ashdown-wholesale");
  if (first?.sees) here(`Begin with an empty client: ${first.name}`, `/clients/${first.slug}`);
  return tries;
}
