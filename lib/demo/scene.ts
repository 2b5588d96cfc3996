import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NOMINAL_CODES, TAX_CODES } from "#db/demo/chart.ts";
import { findConnection } from "#db/queries/connections/connections.ts";
import { findClientBySlug, listFileImports } from "#db/queries/imports/file-imports.ts";
import { listChart } from "#db/queries/mapping/mapping.ts";
import { hurryNight } from "#db/queries/nights/nights.ts";
import { findUserByEmail } from "#db/queries/people/people.ts";
import {
  type DemoRow,
  type DemoScene,
  findDemoNight,
  findDemoScene,
  isDemoSettled,
  listDemoRows,
  saveDemoScene,
} from "#db/queries/practice/demo.ts";
import { audit } from "#lib/audit.ts";
import { giveUserClients } from "#lib/auth/users.ts";
import { now } from "#lib/clock.ts";
import { countWords } from "#lib/common/count-words.ts";
import { addDays, dateIn, type PlainDate } from "#lib/common/dates.ts";
import { type Actor, type ClientScope, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { recordEdit, saveRecords } from "#lib/operational/edit-records.ts";
import { commitImport, readFile } from "#lib/operational/file-import.ts";
import { excludePartiesOf } from "#lib/pending/withheld.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { makeClient } from "#lib/setup/new-client.ts";
import { refreshLists } from "#lib/setup/refresh-lists.ts";
import { setStartOn } from "#lib/setup/settings.ts";
import type { SimulatorControl } from "#lib/simulator/control-client.ts";
import { waitUntil } from "#lib/start/processes.ts";
import { ALIVE_CLIENT, HALF_CLIENT } from "./clients.ts";
import { connectSimulated, mapCodes, type SimulatedSite } from "./connect.ts";
import { ALIVE, aliveFile, amendedFile, halfFile, lockedUntil } from "./files.ts";

const ACTOR: Actor = { userId: null, label: "Demo" };
const TIME_ZONE = "Europe/London";
/**
 * So long, in real ms, the worker may take for one step. It has seconds of work; but after a start of the database server it sends what
 * could stand twice only after six minutes (decision 0018), and a scene that was cut off goes on in such an instance.
 */
const STEP_WITHIN_MS = 10 * 60_000;

export interface SceneWorld extends SimulatedSite {
  readonly control: SimulatorControl;
  /** Aborted when the product is asked to end. */
  readonly signal?: AbortSignal;
}

interface Step {
  /** For whoever reads the terminal: "Dunmore Garden Supplies: connect". */
  readonly what: string;
  readonly run: (world: SceneWorld) => Promise<void>;
}

/**
 * Makes what the demo shows, by the product's own use cases and a person's own clicks in the simulator: files are read, codes mapped,
 * records sent by the worker, which must run. Each step looks at what is there, so that one that was cut off, and a whole scene that was
 * made already, are gone through without doing anything twice.
 *
 * @param say gets a line for each step
 * @returns false where this is no demo or it was made before
 * @throws {Error} when a step fails; the next call goes on with it
 */
export async function makeScene(world: SceneWorld, say: (line: string) => void): Promise<boolean> {
  const practice = jobPracticeScope(ACTOR);
  const inPractice = world.database.inScope;
  const scene = await inPractice(practice, findDemoScene);
  if (scene === null || scene.endedAt !== null) return false;
  const note = (change: Partial<DemoScene>) => inPractice(practice, (db) => saveDemoScene(db, practice, change));
  await note({ total: STEPS.length, fault: null });
  try {
    for (const [at, { what, run }] of STEPS.entries()) {
      if (at < scene.done) continue;
      world.signal?.throwIfAborted();
      say(`${at + 1} of ${STEPS.length}: ${what}`);
      await run(world);
      await note({ done: at + 1 });
    }
  } catch (error) {
    // A stop that was asked for is no fault.
    if (!world.signal?.aborted) await note({ fault: error instanceof Error ? error.message : String(error) });
    throw error;
  }
  await note({ endedAt: now() });
  return true;
}

const STEPS: readonly Step[] = [
  { what: "two clients more, with their codes", run: addClients },
  {
    what: `${ALIVE_CLIENT.name}: read a file`,
    run: (world) => importOnce(world, ALIVE_CLIENT.slug, "sales-and-bills.csv", aliveFile),
  },
  { what: `${ALIVE_CLIENT.name}: connect`, run: connectAlive },
  { what: `${ALIVE_CLIENT.name}: map the codes but one`, run: mapAlive },
  { what: `${ALIVE_CLIENT.name}: exclude a customer`, run: exclude },
  { what: `${ALIVE_CLIENT.name}: upload`, run: uploadMost },
  { what: `${ALIVE_CLIENT.name}: correct an invoice that was sent`, run: amend },
  { what: `${ALIVE_CLIENT.name}: send a bill while the line drops`, run: dropTheLine },
  { what: `${HALF_CLIENT.name}: read a file`, run: (world) => importOnce(world, HALF_CLIENT.slug, "joinery.csv", halfFile) },
  { what: `${HALF_CLIENT.name}: connect and map one code`, run: connectHalf },
  { what: `${ALIVE_CLIENT.name}: a payment and a change in the package`, run: workThere },
  { what: `${ALIVE_CLIENT.name}: a night`, run: passNight },
];

async function addClients({ database }: SceneWorld): Promise<void> {
  const practice = jobPracticeScope(ACTOR);
  for (const { slug, name } of [ALIVE_CLIENT, HALF_CLIENT]) {
    const id = await database.inScope(practice, async (db) => {
      const there = await findClientBySlug(db, practice, slug);
      const made =
        there ?? (await makeClient(db, practice, { slug, name, locale: "en-GB", timeZone: TIME_ZONE, baseCurrency: "GBP" }));
      for (const mailbox of ["adviser", "staff"]) {
        const user = await findUserByEmail(db, practice, `${mailbox}@demo.greentick.test`);
        if (user) await giveUserClients(db, practice, { userId: user.id, clientIds: [made.id] });
      }
      return made.id;
    });
    const scope = jobScope(id, ACTOR);
    await database.inScope(scope, async (db) => {
      if ((await listChart(db, scope)).length > 0) return;
      const edits = [
        ...NOMINAL_CODES.map(([code, title, kind]) => ({ what: "nominal-code", id: null, code, name: title, kind })),
        ...TAX_CODES.map(([code, title, rate, kind, side]) => ({
          what: "tax-code",
          id: null,
          code,
          name: title,
          rate,
          kind,
          side,
        })),
      ];
      await saveRecords(
        db,
        scope,
        edits.map((edit) => recordEdit.parse(edit)),
        (_, field) => field,
      );
    });
  }
}

/** @throws {Error} when the client was removed meanwhile */
async function scopeOf({ database }: SceneWorld, slug: string): Promise<ClientScope> {
  const practice = jobPracticeScope(ACTOR);
  const client = await database.inScope(practice, (db) => findClientBySlug(db, practice, slug));
  if (!client) throw new Error(`The demo's client ${slug} is not there.`);
  return jobScope(client.id, ACTOR);
}

const todayHere = (): PlainDate => dateIn(TIME_ZONE, now());

/** Reads a file as a person uploads it, unless it was read before: another day would date its documents anew. */
async function importOnce(world: SceneWorld, slug: string, fileName: string, file: (today: PlainDate) => string): Promise<void> {
  const { database } = world;
  const scope = await scopeOf(world, slug);
  const before = await database.inScope(scope, (db) => listFileImports(db, scope, 100));
  if (before.some((one) => one.fileName === fileName && one.state === "committed")) return;
  const folder = await mkdtemp(join(tmpdir(), "greentick-demo-"));
  try {
    const path = join(folder, fileName);
    await writeFile(path, file(todayHere()));
    const { importId, state } = await readFile(database, scope, { path, fileName, profileName: "standard" });
    if (state !== "previewed") throw new Error(`The demo's file ${fileName} is not read as it should be: ${state}.`);
    await database.inScope(scope, async (db) => {
      const { note } = await commitImport(db, scope, importId);
      await audit(db, scope, { action: "file.commit", ...note });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The client's organisation in the simulator, founded when it is not there. */
async function tenantOf({ control }: SceneWorld, { name }: { readonly name: string }): Promise<string> {
  const wanted = `${name} Ltd`;
  const there = (await control.tenants()).find((tenant) => tenant.name === wanted);
  return (there ?? (await control.addTenant(wanted, ["GBP"]))).id;
}

/** Connects unless it was before. @returns the connection's id */
async function connectOnce(world: SceneWorld, client: typeof ALIVE_CLIENT | typeof HALF_CLIENT): Promise<string> {
  const { database, settings } = world;
  const scope = await scopeOf(world, client.slug);
  const there = await database.inScope(scope, (db) => findConnection(db, scope));
  if (there) {
    await refreshLists(database, scope, settings);
    return there.id;
  }
  const practice = jobPracticeScope(ACTOR);
  const admin = await database.inScope(practice, (db) => findUserByEmail(db, practice, "admin@demo.greentick.test"));
  return connectSimulated(world, scope, await tenantOf(world, client), admin?.id);
}

async function connectAlive(world: SceneWorld): Promise<void> {
  const locked = lockedUntil(todayHere());
  await world.control.patchSettings(await tenantOf(world, ALIVE_CLIENT), { periodLock: locked });
  await connectOnce(world, ALIVE_CLIENT);
  const scope = await scopeOf(world, ALIVE_CLIENT.slug);
  // Half a year of books before the month that is locked.
  await world.database.inScope(scope, (db) => setStartOn(db, scope, `${addDays(locked, -180).slice(0, 7)}-01`));
}

async function mapAlive(world: SceneWorld): Promise<void> {
  const { database } = world;
  const scope = await scopeOf(world, ALIVE_CLIENT.slug);
  await database.inScope(scope, async (db) => {
    const connection = await findConnection(db, scope);
    if (!connection) throw new Error("The demo's client is not connected.");
    await mapCodes(db, scope, connection.id, {
      nominal: { "4000": "200", "4010": "200", "5000": "310", "5010": "310" },
      bank: { "1200": "090" },
      tax: () => ({ STD20: "OUTPUT2", ZERO: "ZERORATEDOUTPUT", BUY20: "INPUT2" }),
    });
  });
}

const rowsOf = ({ database }: SceneWorld, scope: ClientScope) => database.inScope(scope, (db) => listDemoRows(db, scope));

/** @throws {Error} when a person has taken it away meanwhile */
async function rowOf(world: SceneWorld, scope: ClientScope, reference: string): Promise<DemoRow> {
  const row = (await rowsOf(world, scope)).find((one) => one.reference === reference);
  if (!row) throw new Error(`The demo's document ${reference} is not there.`);
  return row;
}

async function exclude(world: SceneWorld): Promise<void> {
  const scope = await scopeOf(world, ALIVE_CLIENT.slug);
  const row = await rowOf(world, scope, ALIVE.excluded);
  if (row.panel !== "pending") return;
  await world.database.inScope(scope, (db) => excludePartiesOf(db, scope, { ids: [row.id] }));
}

/** Uploads those of the rows that wait, and sees them to their end: read back, or in Error Feedback. */
async function upload(world: SceneWorld, scope: ClientScope, which: (row: DemoRow) => boolean): Promise<void> {
  const ids = (await rowsOf(world, scope)).filter(
    (row) => row.state === "pending" && row.panel === "pending" && !row.chosen && which(row),
  );
  if (ids.length > 0) {
    await world.database.inScope(scope, (db) => queueUpload(db, scope, { ids: ids.map((row) => row.id) }));
  }
  await until(world, "the worker has sent what was uploaded", () =>
    world.database.inScope(scope, (db) => isDemoSettled(db, scope)),
  );
}

async function uploadMost(world: SceneWorld): Promise<void> {
  const left: readonly string[] = [ALIVE.pending, ALIVE.checking];
  await upload(world, await scopeOf(world, ALIVE_CLIENT.slug), (row) => !left.includes(row.reference));
}

async function amend(world: SceneWorld): Promise<void> {
  await importOnce(world, ALIVE_CLIENT.slug, "correction.csv", amendedFile);
  await upload(world, await scopeOf(world, ALIVE_CLIENT.slug), (row) => row.reference === ALIVE.amended);
}

/** The line drops before the bill is taken and no answer comes, so that nobody knows for a while whether it is there. */
async function dropTheLine(world: SceneWorld): Promise<void> {
  const { control } = world;
  const tenant = await tenantOf(world, ALIVE_CLIENT);
  const scope = await scopeOf(world, ALIVE_CLIENT.slug);
  if ((await rowOf(world, scope, ALIVE.checking)).state === "pending") {
    await control.faults(tenant, [{ name: "N05", method: "PUT", path: "Invoices", call: 1, commit: false }]);
  }
  try {
    await upload(world, scope, (row) => row.reference === ALIVE.checking);
  } finally {
    await control.faults(tenant, []);
  }
}

async function connectHalf(world: SceneWorld): Promise<void> {
  const connectionId = await connectOnce(world, HALF_CLIENT);
  const scope = await scopeOf(world, HALF_CLIENT.slug);
  await world.database.inScope(scope, (db) => mapCodes(db, scope, connectionId, { nominal: { "4000": "200" } }));
}

/** What the client's own people did in the package: one invoice is paid, another changed. */
async function workThere({ control, ...rest }: SceneWorld): Promise<void> {
  const tenant = await tenantOf({ control, ...rest }, ALIVE_CLIENT);
  const { documents } = await control.ledger(tenant);
  const there = (number: string) => {
    const found = documents.find((one) => one.number === number);
    if (!found) throw new Error(`${number} has not arrived at the simulator.`);
    return found;
  };
  const paid = there(ALIVE.paid);
  if (paid.due === paid.gross)
    await control.pay(tenant, { number: ALIVE.paid, amount: paid.gross, date: todayHere(), reference: "BACS" });
  const changed = there(ALIVE.differs);
  if (changed.gross === "223.20") await control.editDocument(tenant, changed.id, { gross: "233.20" });
}

/** The first night comes at once, so that the morning has one to tell of. */
async function passNight(world: SceneWorld): Promise<void> {
  const { database } = world;
  const scope = await scopeOf(world, ALIVE_CLIENT.slug);
  const nightOf = () => database.inScope(scope, (db) => findDemoNight(db, scope));
  if ((await nightOf()) === null) await database.inScope(scope, (db) => hurryNight(db, scope));
  await until(world, "the night is over", async () => (await nightOf()) === "finished");
  await until(world, "what was changed in the package is found", async () => {
    return (await rowOf(world, scope, ALIVE.differs)).state === "drifted";
  });
}

/** @throws {Error} when it is not so in time, or the product is asked to end */
async function until({ signal }: SceneWorld, what: string, test: () => Promise<boolean>): Promise<void> {
  const come = await waitUntil(async () => signal?.aborted === true || (await test()), STEP_WITHIN_MS, 250);
  signal?.throwIfAborted();
  if (!come) throw new Error(`Not within ${countWords(STEP_WITHIN_MS / 60_000, "minute")}: ${what}. Does the worker run?`);
}
