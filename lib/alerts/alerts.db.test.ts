import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { sql } from "drizzle-orm";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openDatabase, schema } from "#db/client.ts";
import { claimAlerts, saveAlertSettings } from "#db/queries/practice/alerts.ts";
import { loseConnection } from "#lib/calling/lost.ts";
import { rotateSecrets } from "#lib/calling/rotate-secrets.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { parseSecretKeys } from "#lib/common/secrets.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { isPrivateAddress, refuseAddress } from "./addresses.ts";
import { deliverAlerts } from "./deliver.ts";
import { writeDigest } from "./digest.ts";
import { digestNights } from "./night-digest.ts";
import { chooseAlerts } from "./settings.ts";
import { isSignedBy, post } from "./webhook.ts";
import { addWebhook, queueTest } from "./webhooks.ts";

const test = await createTestDatabase();
const database = openDatabase(test.workerUrl);
const practice = jobPracticeScope();
const keys = parseSecretKeys(`k1:${randomBytes(32).toString("base64")}`);

const mails: { to: string; subject: string; text: string; id: string }[] = [];
/** What the mail server says to the next messages, in place of yes. */
const refusals: { responseCode: number }[] = [];
/** Where the mail server drops the connection of the next messages. */
const drops: ("recipient" | "text")[] = [];
const sockets = new Set<Socket>();
const posts: { headers: Record<string, string | string[] | undefined>; body: string }[] = [];
const statuses: number[] = [];
/** What happens while a receiver has not yet answered. */
let whilePosted: (() => Promise<void>) | null = null;

const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  onRcptTo(_address, _session, done) {
    if (!dropAt("recipient")) done();
  },
  onData(stream, session, done) {
    let raw = "";
    stream.on("data", (chunk: Buffer) => {
      raw += chunk.toString("utf8");
    });
    stream.on("end", () => {
      if (dropAt("text")) return;
      const refused = refusals.shift();
      if (refused) return done(Object.assign(new Error("not now"), refused));
      const [head = "", text = ""] = raw.split(/\r\n\r\n([\s\S]*)/);
      const field = (name: string) => new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, "im").exec(head)?.[1] ?? "";
      mails.push({ to: session.envelope.rcptTo[0]?.address ?? "", subject: field("Subject"), text, id: field("Message-ID") });
      done();
    });
  },
});
smtp.server.on("connection", (socket: Socket) => {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
});
function dropAt(place: "recipient" | "text"): boolean {
  if (drops[0] !== place) return false;
  drops.shift();
  for (const socket of sockets) socket.destroy();
  return true;
}
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    posts.push({ headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
    void Promise.resolve(whilePosted?.()).finally(() => response.writeHead(statuses.shift() ?? 204).end());
  });
});
const portOf = (server: { address(): AddressInfo | string | null }) => (server.address() as AddressInfo).port;
let settings: Parameters<typeof deliverAlerts>[1];
let hook: { id: string; secret: string };

const people = { admin: randomUUID(), adviser: randomUUID(), other: randomUUID(), client: randomUUID() };
const ours = randomUUID();
const theirs = randomUUID();

beforeAll(async () => {
  await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  settings = {
    smtpUrl: `smtp://127.0.0.1:${portOf(smtp.server)}`,
    from: "Greentick <alerts@example.com>",
    allowPrivate: true,
    keys,
  };
  await database.inScope(practice, async (db) => {
    await db.insert(schema.clients).values([
      { id: ours, slug: "ours", name: "Ours Ltd" },
      { id: theirs, slug: "theirs", name: "Theirs Ltd" },
    ]);
    await db.insert(schema.users).values([
      { id: people.admin, email: "admin@example.com", name: "Admin", role: "administrator" },
      { id: people.adviser, email: "adviser@example.com", name: "Adviser", role: "adviser" },
      { id: people.other, email: "other@example.com", name: "Other", role: "staff" },
      { id: people.client, email: "client@example.com", name: "Client", role: "client" },
    ]);
    await db.insert(schema.userClients).values([
      { userId: people.adviser, clientId: ours },
      { userId: people.client, clientId: ours },
      { userId: people.other, clientId: theirs },
    ]);
    const url = `http://127.0.0.1:${portOf(receiver)}/hook`;
    hook = await addWebhook(db, practice, { name: "Chat", url, digest: true, immediate: true }, { keys, allowPrivate: true });
  });
});
afterAll(async () => {
  await new Promise<void>((resolve) => smtp.close(resolve));
  receiver.close();
  await database.close();
});
beforeEach(async () => {
  mails.length = 0;
  posts.length = 0;
  await database.inScope(practice, async (db) => {
    await db.delete(schema.alertOutbox);
    await db.delete(schema.userSettings);
  });
});

/** A live connection of the client's, which is then lost. */
async function connect(clientId: string): Promise<string> {
  const id = randomUUID();
  await database.inScope(practice, async (db) => {
    await db.execute(sql`update connections set state = 'disconnected' where client_id = ${clientId}`);
    await db.insert(schema.connections).values({
      id,
      clientId,
      package: "xero",
      state: "live",
      tenantId: randomUUID(),
      tenantName: "Ours (books)",
      connectedByName: "Admin",
      connectedAt: new Date(),
    });
  });
  return id;
}
const lose = (clientId: string, connectionId: string) =>
  loseConnection(database, jobScope(clientId), connectionId, new SyncError("connection.token-expired"));
const outbox = () => database.inScope(practice, (db) => db.select().from(schema.alertOutbox));
const deliver = () => deliverAlerts(database, settings);
const dueNow = () => database.inScope(practice, (db) => db.update(schema.alertOutbox).set({ nextTryAt: sql`app.now()` }));

describe("a lost connection", () => {
  it("N31 is told at once to those who see the client and want to know, once each, by two workers", async () => {
    const id = await connect(ours);
    await Promise.all([lose(ours, id), lose(ours, id), lose(ours, id)]);
    await Promise.all([deliver(), deliver()]);
    await Promise.all([deliver(), deliver()]);
    expect(mails.map((mail) => mail.to).toSorted()).toEqual(["admin@example.com", "adviser@example.com"]);
    expect(mails[0]?.subject).toBe("Ours Ltd: the connection to Xero is lost");
    expect(mails[0]?.text).toContain("/clients/ours/setup");
    expect(posts).toHaveLength(1);
    expect((await outbox()).every((row) => row.sentAt !== null)).toBe(true);
  });

  it("N31 is posted signed, over its time and body", async () => {
    await lose(ours, await connect(ours));
    await deliver();
    const [{ headers, body } = { headers: {}, body: "" }] = posts;
    const [timestamp, signature] = [String(headers["greentick-timestamp"]), String(headers["greentick-signature"])];
    expect(isSignedBy(hook.secret, timestamp, body, signature)).toBe(true);
    expect(isSignedBy(hook.secret, String(Number(timestamp) + 1), body, signature)).toBe(false);
    expect(isSignedBy(hook.secret, timestamp, body.replace("Ours", "Others"), signature)).toBe(false);
    expect(JSON.parse(body)).toMatchObject({
      id: headers["greentick-delivery"],
      event: "connection-lost",
      client: { name: "Ours Ltd", slug: "ours" },
      package: "xero",
    });
  });

  it("N31 is told of neither when its transaction is rolled back, nor to who chose other clients", async () => {
    const id = await connect(theirs);
    await database.inScope(practice, async (db) => {
      await saveAlertSettings(db, practice, people.admin, { digest: true, immediate: true, clients: [ours] });
      await saveAlertSettings(db, practice, people.other, { digest: true, immediate: false, clients: "all" });
    });
    await lose(theirs, id);
    expect((await outbox()).map((row) => row.channel)).toEqual(["webhook"]);
    await database.inScope(practice, (db) =>
      expect(chooseAlerts(db, practice, people.other, { digest: true, immediate: true, clients: [ours] })).rejects.toThrow(
        "do not have this client",
      ),
    );
    await expect(
      database.inScope(practice, async (db) => {
        await queueTest(db, practice, { channel: "email", id: people.admin });
        throw new Error("taken back");
      }),
    ).rejects.toThrow("taken back");
    expect(await outbox()).toHaveLength(1);
  });
});

describe("an alert that does not get through", () => {
  it("N31 is tried again later under the same delivery, and then given up, with the reason shown", async () => {
    await database.inScope(practice, (db) => queueTest(db, practice, { channel: "webhook", id: hook.id }));
    statuses.push(503, 500);
    await deliver();
    await deliver();
    expect(posts).toHaveLength(1);
    expect((await outbox())[0]).toMatchObject({ tries: 1, sentAt: null, failedAt: null, fault: "It answered 503." });
    await dueNow();
    await deliver();
    await dueNow();
    await deliver();
    expect(posts).toHaveLength(3);
    expect(new Set(posts.map((one) => one.headers["greentick-delivery"])).size).toBe(1);
    expect((await outbox())[0]).toMatchObject({ tries: 3, fault: null });

    await database.inScope(practice, (db) => queueTest(db, practice, { channel: "webhook", id: hook.id }));
    statuses.push(...Array(8).fill(502));
    for (let tries = 0; tries < 8; tries += 1) {
      await deliver();
      await dueNow();
    }
    expect((await outbox()).find((row) => row.failedAt)?.fault).toBe("It answered 502. Tried 8 times.");
  });

  it("N31 is sent again after a passing refusal of the mail server, and not after a final one", async () => {
    await database.inScope(practice, (db) => queueTest(db, practice, { channel: "email", id: people.admin }));
    refusals.push({ responseCode: 451 });
    await deliver();
    expect((await outbox())[0]).toMatchObject({ failedAt: null, sentAt: null });
    await dueNow();
    await deliver();
    expect(mails).toHaveLength(1);
    await database.inScope(practice, (db) => queueTest(db, practice, { channel: "email", id: people.admin }));
    refusals.push({ responseCode: 550 });
    await deliver();
    await dueNow();
    await deliver();
    expect(mails).toHaveLength(1);
    expect((await outbox()).find((row) => row.failedAt)?.fault).toContain("550");
  });

  it("N31 is mailed again when the line dropped before its text, and not when it dropped after it", async () => {
    await database.inScope(practice, (db) => queueTest(db, practice, { channel: "email", id: people.admin }));
    drops.push("recipient");
    await deliver();
    expect((await outbox())[0]).toMatchObject({ failedAt: null, sentAt: null, tries: 1 });
    drops.push("text");
    await dueNow();
    await deliver();
    await dueNow();
    await deliver();
    expect(drops).toEqual([]);
    expect((await outbox())[0]).toMatchObject({ tries: 2, fault: expect.stringContaining("It may have arrived") });
    expect(mails).toHaveLength(0);
  });

  it("N31 is claimed when its turn has come, not while another waits for its answer; a worker that stops leaves the rest", async () => {
    await database.inScope(practice, async (db) => {
      for (let n = 0; n < 3; n += 1) await queueTest(db, practice, { channel: "webhook", id: hook.id });
    });
    const stopping = new AbortController();
    let claimed: number | null = null;
    whilePosted = async () => {
      claimed = (await outbox()).filter((row) => row.claimedUntil !== null).length;
      stopping.abort();
    };
    await deliverAlerts(database, settings, stopping.signal);
    whilePosted = null;
    expect(claimed).toBe(1);
    expect(posts).toHaveLength(1);
    await deliver();
    expect(posts).toHaveLength(3);
  });

  it("N31 says so where e-mail is not set up", async () => {
    await database.inScope(practice, (db) => queueTest(db, practice, { channel: "email", id: people.admin }));
    await deliverAlerts(database, { ...settings, smtpUrl: undefined, from: undefined });
    expect((await outbox())[0]?.fault).toContain("SMTP_URL");
  });

  it("N31 is not mailed twice when its worker dies while it sends; a post comes again under the same delivery", async () => {
    await database.inScope(practice, async (db) => {
      await queueTest(db, practice, { channel: "email", id: people.admin });
      await queueTest(db, practice, { channel: "webhook", id: hook.id });
    });
    // Taken by a worker of which nothing more was heard.
    const taken = await database.inScope(practice, (db) => claimAlerts(db, practice, 10, 0));
    expect(taken).toHaveLength(2);
    await deliver();
    await deliver();
    expect(mails).toHaveLength(0);
    expect(posts.map((one) => one.headers["greentick-delivery"])).toEqual([taken.find((one) => one.channel === "webhook")?.id]);
    expect((await outbox()).find((row) => row.channel === "email")?.fault).toContain("is not sent again");
  });
});

describe("the address of a webhook", () => {
  it("N31 is a public one, by https", async () => {
    for (const address of [
      "127.0.0.1",
      "10.1.2.3",
      "172.31.255.1",
      "192.168.0.1",
      "169.254.169.254",
      "100.64.0.1",
      "0.0.0.0",
      "::1",
      "::",
      "fe80::1",
      "fd00::1",
      "::ffff:127.0.0.1",
      "::ffff:7f00:1",
      "64:ff9b::7f00:1",
      "2002:7f00:1::",
      "::ffff:0:7f00:1",
      "::7f00:1",
      "fe80::1%eth0",
      "5f00::1",
      "3fff::1",
    ]) {
      expect(isPrivateAddress(address), address).toBe(true);
    }
    for (const address of ["93.184.216.34", "172.32.0.1", "2606:4700::1111"])
      expect(isPrivateAddress(address), address).toBe(false);
    for (const url of [
      "http://example.com/hook",
      "https://localhost/hook",
      "https://127.1/hook",
      "https://0x7f000001/",
      "https://[::1]/",
      "https://169.254.169.254/latest/meta-data",
      "https://db/",
      "https://user:secret@example.com/",
      "ftp://example.com",
      "not an address",
    ]) {
      expect(() => refuseAddress(url, false), url).toThrow();
    }
    expect(refuseAddress("https://example.com/hook", false).href).toBe("https://example.com/hook");
  });

  it("N31 is looked at again when it is posted to, whatever its name stood for before", async () => {
    const one = { secret: "s", deliveryId: "d", event: "test", body: "{}", timestamp: 1, allowPrivate: false };
    await expect(post({ ...one, url: `https://localhost:${portOf(receiver)}/` })).rejects.toThrow("own network");
    await expect(post({ ...one, url: `https://127.0.0.1:${portOf(receiver)}/` })).rejects.toThrow("own network");
    await expect(post({ ...one, url: `http://example.com/` })).rejects.toThrow("https://");
    await database.inScope(practice, (db) => queueTest(db, practice, { channel: "webhook", id: hook.id }));
    await deliverAlerts(database, { ...settings, allowPrivate: false });
    expect(posts).toHaveLength(0);
  });

  it("keeps its secret encrypted, also under the next key", async () => {
    const [kept] = await database.inScope(practice, (db) => db.select().from(schema.alertWebhooks));
    expect(kept?.secretSealed).not.toContain(hook.secret);
    const next = parseSecretKeys(`k2:${randomBytes(32).toString("base64")},k1:${keys.keys.get("k1")?.toString("base64")}`);
    expect(await rotateSecrets(database, next)).toBe(1);
    await database.inScope(practice, (db) => queueTest(db, practice, { channel: "webhook", id: hook.id }));
    const second = next.keys.get("k2");
    settings = { ...settings, keys: { current: "k2", keys: new Map(second ? [["k2", second]] : []) } };
    await deliver();
    expect(posts).toHaveLength(1);
  });
});

describe("the digest of a run", () => {
  const digest = (key: string) =>
    database.inScope(practice, (db) =>
      writeDigest(db, practice, { key, title: "Night of 22 Nov 2026", lines: ["2 clients were read."], path: "/clients" }),
    );

  /** Rows in Error Feedback of one cause. */
  async function fail(clientId: string, code: string, count: number) {
    const connectionId = await connect(clientId);
    await database.inScope(practice, (db) =>
      db.execute(sql`
        insert into postings (client_id, connection_id, kind, record_id, revision, state, error_code, reference, issued_on)
        select ${clientId}, ${connectionId}, 'sales-invoice', gen_random_uuid(), 1, 'held', ${code}, 'INV-' || n, '2026-11-20' from generate_series(1, ${count}::int) n`),
    );
  }
  const mailTo = (address: string) => mails.find((mail) => mail.to === address)?.text.replaceAll("=\r\n", "") ?? "";

  it("N31 is one for each person and webhook, over the clients that they see", async () => {
    await fail(ours, "mapping.account-missing", 3);
    await fail(theirs, "mapping.tax-missing", 2);
    expect(await digest("night-1")).toBe(4);
    expect(await digest("night-1")).toBeNull();
    await deliver();
    expect(mails.map((mail) => mail.to).toSorted()).toEqual(["admin@example.com", "adviser@example.com", "other@example.com"]);
    expect(posts).toHaveLength(1);
    expect(mailTo("admin@example.com")).toContain("In Error Feedback: 5 records of 2 clients.");
    expect(mailTo("adviser@example.com")).toContain("In Error Feedback: 3 records of 1 client.");
    expect(mailTo("adviser@example.com")).not.toContain("tax code");
    expect(JSON.parse(posts[0]?.body ?? "{}")).toMatchObject({ event: "digest", open: { records: 5, clients: 2 } });
  });

  it("N32 tells what was fixed since the one before", async () => {
    await database.inScope(practice, (db) =>
      db.execute(
        sql`update postings set state = 'queued', error_code = null where client_id = ${ours} and reference in ('INV-1', 'INV-2')`,
      ),
    );
    await digest("night-2");
    await deliver();
    expect(mailTo("adviser@example.com")).toContain("In Error Feedback: 1 record of 1 client.");
    expect(mailTo("adviser@example.com")).toContain("Fixed since the last digest: 2 records.");
    expect(mailTo("adviser@example.com")).toMatch(/Ours Ltd: A nominal code has no mapping, from 3 to 1/);
    expect(mailTo("other@example.com")).not.toContain("Fixed since");
  });

  it("N6 N32 what somebody ignores leaves the count, and is told as ignored, not as fixed", async () => {
    await fail(theirs, "package.refused", 2);
    await digest("night-3");
    await deliver();
    await database.inScope(practice, async (db) => {
      const { rows } = await db.execute<{ id: string }>(
        sql`select id from postings where client_id = ${theirs} and error_code = 'package.refused' limit 1`,
      );
      await db.execute(sql`update postings set state = 'pending', aside = 'on-hold', aside_why = 'A test', aside_by = 'Other', changed_at = app.now()
        where id = ${rows[0]?.id ?? null}`);
    });
    mails.length = 0;
    await digest("night-4");
    await deliver();
    expect(mailTo("other@example.com")).toContain("In Error Feedback: 3 records of 1 client.");
    expect(mailTo("other@example.com")).toContain("Ignored since the last digest, and not sent: 1 record.");
    expect(mailTo("other@example.com")).not.toContain("Fixed since");
  });

  it("N31 comes by itself when a night has ended, once, and again only when the night went on", async () => {
    const end = (done: number) =>
      database.inScope(practice, (db) =>
        db.execute(sql`
          insert into nights (night_on, started_at, ended_at, total, done, changed, failed, calls)
          values ('2026-11-22', app.now() - interval '31 minutes', app.now() - interval '2 minutes', ${done}, ${done}, 2, 1, 900)
          on conflict (night_on) do update set total = excluded.total, done = excluded.done`),
      );
    await end(700);
    expect(await Promise.all([digestNights(database), digestNights(database)])).toContain(1);
    expect(await digestNights(database)).toBe(0);
    await deliver();
    expect(mails.filter((mail) => mail.to === "admin@example.com")).toHaveLength(1);
    expect(mailTo("admin@example.com")).toContain("700 clients read in 29 minutes with 900 calls; 2 had changes.");
    expect(mailTo("admin@example.com")).toContain("1 client failed");
    await end(900);
    expect(await digestNights(database)).toBe(1);
  });
});
