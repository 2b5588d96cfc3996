import "server-only";
import { randomUUID } from "node:crypto";
import { headers } from "next/headers";
import { createSafeActionClient } from "next-safe-action";
import { z } from "zod";
import type { ScopedDb } from "#db/client.ts";
import { type AuditEntry, audit } from "#lib/audit.ts";
import type { ActionAnswer, ActionError } from "#lib/common/answer.ts";
import { CONTROL_REFUSED, controlIn } from "#lib/common/control-characters.ts";
import { countWords } from "#lib/common/count-words.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { type Actor, type ClientScope, jobPracticeScope, type PracticeScope } from "#lib/common/scope.ts";
import { addLogContext, log, withLogContext } from "#lib/log.ts";
import { inSpan } from "#lib/watching/trace.ts";
import { database } from "#lib/web.ts";
import { addressOf } from "./address.ts";
import { limiters, take } from "./limits.ts";
import { isOwnOrigin } from "./origin.ts";
import { can, type Permission, whoMay } from "./permissions.ts";
import { register } from "./registry.ts";
import { accessTo, type ClientRow, practiceScopeFor } from "./scope.ts";
import { type Staff, signedIn } from "./staff.ts";

export type { ActionAnswer, ActionError };

/** Every client action's input names its client, by slug or id. */
const clientIdInput = z.object({ clientId: z.string().min(1).max(100) });
export type ClientInput = z.ZodType<{ clientId: string }, { clientId: string }>;

interface Common {
  /** The audit's name of it: `export.upload`, `mapping.save`. */
  readonly name: string;
  readonly allow: Permission;
}

/** What `audit` of a definition may add to the row: subject, and predicate, count and hash of a bulk action. Never a secret. */
type AuditNote = Omit<AuditEntry, "action">;

export interface ClientContext {
  readonly scope: ClientScope;
  /** The action's one transaction, already limited to the client. */
  readonly db: ScopedDb;
  readonly staff: Staff;
  readonly client: ClientRow;
}

export interface LongClientContext extends Omit<ClientContext, "db"> {
  /** Short transactions of its own: a call to a package must hold none open. */
  readonly inScope: <T>(work: (db: ScopedDb) => Promise<T>) => Promise<T>;
}

export interface PracticeContext {
  readonly scope: PracticeScope;
  readonly db: ScopedDb;
  readonly staff: Staff;
}

/** Stops an action with an answer; never leaves this file. */
class Stop extends Error {
  readonly error: ActionError;
  constructor(error: ActionError) {
    super(error.message);
    this.error = error;
  }
}

const SIGNED_OUT: ActionError = { code: "signed-out", message: "You are signed out. Sign in again to continue." };
const FOREIGN_ORIGIN: ActionError = {
  code: "origin",
  message: "This request did not come from this console, so nothing was done.",
};
const UNKNOWN_CLIENT: ActionError = { code: "not-found", message: "You do not have this client." };
const forbidden = (allow: Permission): ActionError => ({
  code: "forbidden",
  message: `Your role may not do this. Ask ${whoMay(allow)}.`,
});

/** Turns what was thrown into the answer's error: an expected refusal's own words, or an apology with an id that finds the log line. */
export function errorOf(thrown: unknown, name: string): ActionError {
  if (thrown instanceof Stop) return thrown.error;
  if (thrown instanceof Refusal) {
    return { code: thrown.code, message: thrown.message, ...(thrown.field === undefined ? {} : { field: thrown.field }) };
  }
  const id = randomUUID().slice(0, 8);
  log.error({ id, action: name, error: thrown }, "an action failed");
  return {
    code: "internal",
    message: `Something went wrong on our side and nothing was changed. Give this number when you ask: ${id}.`,
  };
}

/** The first fault of an input, as an answer. */
function inputError(error: z.ZodError): ActionError {
  const issue = error.issues[0];
  const field = issue?.path.join(".");
  return { code: "input", message: issue?.message ?? "The form contains something we cannot use.", ...(field ? { field } : {}) };
}

/**
 * Our one action client. In this order: who is signed in, does the request come from our own pages, may they do this to this
 * client, has the person any changes left this minute, is the input well formed, run. (Permission comes before the whole of the
 * input, so that a person without it learns nothing about the form.)
 */
const base = createSafeActionClient({
  defineMetadataSchema: () => z.custom<Common>(),
  handleServerError: (error, { metadata }): ActionError => errorOf(error, metadata.name),
}).use(async ({ clientInput, next }) => {
  const staff = await signedIn();
  if (!staff) throw new Stop(SIGNED_OUT);
  addLogContext({ userId: staff.userId });
  if (!isOwnOrigin((await headers()).get("origin"))) throw new Stop(FOREIGN_ORIGIN);
  refuseControl(clientInput);
  return next({ ctx: { staff } });
});

async function takeMutation(staff: Staff): Promise<void> {
  const seconds = await take(limiters().mutations, staff.userId);
  if (seconds !== null) {
    throw new Stop({ code: "limited", message: `That is more than 60 changes in a minute. Try again in ${seconds} seconds.` });
  }
}

const clientBase = base.use(async ({ clientInput, ctx, metadata, next }) => {
  const named = clientIdInput.safeParse(clientInput);
  if (!named.success) throw new Stop(inputError(named.error));
  const access = await accessTo(ctx.staff, named.data.clientId, metadata.allow);
  if (access.outcome === "unknown") throw new Stop(UNKNOWN_CLIENT);
  if (access.outcome === "forbidden") throw new Stop(forbidden(metadata.allow));
  addLogContext({ clientId: access.scope.clientId });
  await takeMutation(ctx.staff);
  return next({ ctx: { scope: access.scope, client: access.client } });
});

const practiceBase = base.use(async ({ ctx, metadata, next }) => {
  const scope = await practiceScopeFor(ctx.staff, metadata.allow);
  if (!scope || !can(ctx.staff.role, metadata.allow)) throw new Stop(forbidden(metadata.allow));
  await takeMutation(ctx.staff);
  return next({ ctx: { scope } });
});

interface Outcome<Data> {
  readonly data?: { readonly value: Data };
  readonly serverError?: ActionError;
}

function answerOf<Data>(outcome: Outcome<Data>): ActionAnswer<Data> {
  if (outcome.data) return { ok: true, data: outcome.data.value };
  return { ok: false, error: outcome.serverError ?? { code: "internal", message: "Something went wrong on our side." } };
}

/** One request: its log lines carry one id, and where traces are on it is the click that the trace begins with. */
function watched<Data>(name: string, work: () => Promise<ActionAnswer<Data>>): Promise<ActionAnswer<Data>> {
  return withLogContext({ requestId: randomUUID() }, () =>
    inSpan(`action ${name}`, { "greentick.action": name }, async (span) => {
      const answer = await work();
      span?.setAttribute("greentick.answer", answer.ok ? "done" : answer.error.code);
      return answer;
    }),
  );
}

/** Before anything of an input is used, even to find its client. */
function refuseControl(input: unknown): void {
  const field = controlIn(input);
  if (field !== null) throw new Stop({ code: "input", message: CONTROL_REFUSED, ...(field === "" ? {} : { field }) });
}

/** Parses inside the action, so that a fault becomes an answer with its field. */
function parsed<Schema extends z.ZodType>(schema: Schema, raw: unknown): z.output<Schema> {
  const input = schema.safeParse(raw);
  if (!input.success) throw new Stop(inputError(input.error));
  return input.data;
}

interface ClientActionDefinition<Schema extends ClientInput, Context, Data> extends Common {
  readonly input: Schema;
  readonly run: (input: z.output<Schema>, context: Context) => Promise<Data>;
  readonly audit?: (input: z.output<Schema>, result: Data) => AuditNote;
}

/** What both kinds of client action share: the checks before, and the answer. `work` runs the definition and audits it. */
function clientActionOf<Schema extends ClientInput, Context, Data>(
  definition: ClientActionDefinition<Schema, Context, Data>,
  work: (given: {
    readonly input: z.output<Schema>;
    readonly note: (result: Data) => AuditNote | undefined;
    readonly scope: ClientScope;
    readonly staff: Staff;
    readonly client: ClientRow;
  }) => Promise<Data>,
): (input: z.input<Schema>) => Promise<ActionAnswer<Data>> {
  const { name, allow } = definition;
  const action = clientBase
    .metadata({ name, allow })
    .inputSchema(z.unknown())
    .action(async ({ parsedInput, ctx: { scope, staff, client } }) => {
      const input = parsed(definition.input, parsedInput);
      return { value: await work({ input, note: (result) => definition.audit?.(input, result), scope, staff, client }) };
    });
  return register(async (input: z.input<Schema>) => watched(name, async () => answerOf(await action(input))), {
    name,
    allow,
    scope: "client",
  });
}

/**
 * A change to one client: `run` and the audit row share one transaction, limited to that client. Throw a `Refusal` to say no
 * in the reader's words; the transaction is rolled back and nothing is audited but what `audit` wrote elsewhere.
 */
export function clientAction<Schema extends ClientInput, Data>(
  definition: ClientActionDefinition<Schema, ClientContext, Data>,
): (input: z.input<Schema>) => Promise<ActionAnswer<Data>> {
  const { name } = definition;
  return clientActionOf(definition, ({ input, note, scope, staff, client }) =>
    database().inScope(scope, async (db) => {
      const result = await definition.run(input, { scope, db, staff, client });
      await audit(db, scope, { action: name, ...note(result) });
      return result;
    }),
  );
}

/** As {@link clientAction}, for what talks to a package while a person waits (ten seconds at most): no transaction is held open, and the audit row follows in one of its own. */
export function longClientAction<Schema extends ClientInput, Data>(
  definition: ClientActionDefinition<Schema, LongClientContext, Data>,
): (input: z.input<Schema>) => Promise<ActionAnswer<Data>> {
  const { name } = definition;
  return clientActionOf(definition, async ({ input, note, scope, staff, client }) => {
    const inScope = <T>(work: (db: ScopedDb) => Promise<T>) => database().inScope(scope, work);
    const result = await definition.run(input, { scope, inScope, staff, client });
    await inScope((db) => audit(db, scope, { action: name, ...note(result) }));
    return result;
  });
}

/** A change to the practice (users, practice mappings) or to the person's own settings, in one transaction with its audit row. */
export function practiceAction<Schema extends z.ZodType, Data>(
  definition: Common & {
    readonly input: Schema;
    readonly run: (input: z.output<Schema>, context: PracticeContext) => Promise<Data>;
    readonly audit?: (input: z.output<Schema>, result: Data) => AuditNote;
  },
): (input: z.input<Schema>) => Promise<ActionAnswer<Data>> {
  const { name, allow } = definition;
  const action = practiceBase
    .metadata({ name, allow })
    .inputSchema(z.unknown())
    .action(async ({ parsedInput, ctx }) => {
      const input = parsed(definition.input, parsedInput);
      const value = await database().inScope(ctx.scope, async (db) => {
        const result = await definition.run(input, { scope: ctx.scope, db, staff: ctx.staff });
        await audit(db, ctx.scope, { action: name, ...definition.audit?.(input, result) });
        return result;
      });
      return { value };
    });
  return register(async (input: z.input<Schema>) => watched(name, async () => answerOf(await action(input))), {
    name,
    allow,
    scope: "practice",
  });
}

/**
 * What a signed-out person may do: set up an empty console, or use an invitation. Origin, tries and input are checked as everywhere;
 * who may is for `run` to say, and its refusals are audited.
 */
export function openAction<Schema extends z.ZodType, Data>(definition: {
  readonly name: string;
  readonly input: Schema;
  readonly run: (input: z.output<Schema>, context: { scope: PracticeScope; db: ScopedDb }) => Promise<Data>;
  /** Whose doing it was, once `run` has found that out, and what else the audit says of it. */
  readonly audit?: (result: Data) => AuditNote & { readonly actor: Actor };
}): (input: z.input<Schema>) => Promise<ActionAnswer<Data>> {
  const { name } = definition;
  const scope = jobPracticeScope({ userId: null, label: "Not signed in" });
  const action = async (raw: z.input<Schema>) => watched(name, () => answer(raw));
  const answer = async (raw: z.input<Schema>): Promise<ActionAnswer<Data>> => {
    try {
      const given = await headers();
      if (!isOwnOrigin(given.get("origin"))) throw new Stop(FOREIGN_ORIGIN);
      refuseControl(raw);
      const address = addressOf((header) => given.get(header));
      const seconds = await take(limiters().address, address);
      if (seconds !== null)
        throw new Stop({
          code: "limited",
          message: `Too many attempts. Try again in ${countWords(Math.ceil(seconds / 60), "minute")}.`,
        });
      const input = parsed(definition.input, raw);
      const data = await database().inScope(scope, async (db) => {
        const result = await definition.run(input, { scope, db });
        const { actor = scope.actor, ...note } = definition.audit?.(result) ?? {};
        await audit(db, jobPracticeScope(actor), { action: name, ...note });
        return result;
      });
      await limiters().address.reward(address);
      return { ok: true, data };
    } catch (thrown) {
      if (thrown instanceof Refusal) {
        const { code } = thrown;
        await database().inScope(scope, (db) =>
          audit(db, scope, { action: "access.refused", subject: name, detail: { why: code } }),
        );
      }
      return { ok: false, error: errorOf(thrown, name) };
    }
  };
  return register(action, { name, allow: null, scope: "practice" });
}
