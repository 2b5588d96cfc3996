import { resolve } from "node:path";
import { z } from "zod";
import { PACKAGE_ENVIRONMENTS, type PackageEnvironment } from "#lib/connectors/environment.ts";
import type { PackageAddresses } from "#lib/connectors/oauth.ts";
import type { PackageId } from "#lib/connectors/types.ts";

/** The environment holds a value we cannot use, or lacks one that a process needs. The message names every fault at once. */
export class EnvError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(
      `The environment has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`,
    );
    this.name = "EnvError";
    this.faults = faults;
  }
}

/** An empty variable is an unset one: shells and compose files write `X=` for both. */
const unset = (value: unknown) => (typeof value === "string" && value.trim() === "" ? undefined : value);
const optional = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(unset, schema.optional());

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, "must begin with postgres:// or postgresql://")
  .refine((value) => URL.canParse(value), "is not a URL");
const httpUrl = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), "must be an http:// or https:// address")
  .transform((value) => value.replace(/\/+$/, ""));
const port = z
  .string()
  .regex(/^\d{1,5}$/, "must be a port number from 1 to 65535")
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65535, "must be a port number from 1 to 65535");
const smtpUrl = z
  .string()
  .refine((value) => URL.canParse(value) && /^smtps?:$/.test(new URL(value).protocol), "must be an smtp:// or smtps:// address");
const flag = z.enum(["0", "1"], "must be 0 or 1").transform((value) => value === "1");
const secret = z.string().min(32, "must be at least 32 characters");
const demoPassword = z.string().min(12, "must be at least 12 characters");
const appSecrets = z.string().refine((value) => {
  const entries = value.split(",").map((entry) => /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]{43}=?)$/.exec(entry.trim()));
  const ids = entries.map((entry) => entry?.[1]);
  return entries.every((entry) => entry !== null) && new Set(ids).size === ids.length;
}, "must be a comma-separated list of id:base64key, each key 32 bytes, each id once");

const variables = z.object({
  DATABASE_URL: optional(postgresUrl),
  WORKER_DATABASE_URL: optional(postgresUrl),
  DATABASE_OWNER_URL: optional(postgresUrl),
  APP_URL: optional(httpUrl),
  PORT: optional(port),
  APP_SECRETS: optional(appSecrets),
  SESSION_SECRET: optional(secret),
  DEMO: optional(flag),
  DEMO_PASSWORD: optional(demoPassword),
  DEMO_SCENE: optional(flag),
  SIMULATOR_PORT: optional(port),
  SIMULATOR_HOST: optional(z.string().regex(/^[A-Za-z0-9.:_-]+$/, "must be a host name or address")),
  OIDC_ISSUER: optional(httpUrl),
  OIDC_CLIENT_ID: optional(z.string()),
  OIDC_CLIENT_SECRET: optional(z.string()),
  GREENTICK_DATA: optional(z.string()),
  METRICS_PORT: optional(port),
  METRICS_HOST: optional(z.string().regex(/^[A-Za-z0-9.:_-]+$/, "must be a host name or address")),
  METRICS_TOKEN: optional(z.string().regex(/^[\x21-\x7e]{16,}$/, "must be at least 16 characters without blanks")),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(httpUrl),
  SMTP_URL: optional(smtpUrl),
  ALERTS_FROM: optional(
    z.string().regex(/^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$/, "must be an e-mail address, alone or as: Name <address>"),
  ),
  ALERT_WEBHOOK_PRIVATE: optional(flag),
  CRASH_AT: optional(
    z
      .string()
      .regex(/^P[0-9]:[1-9][0-9]{0,3}$/, "must be a checkpoint and a count, like P4:2")
      .transform((value) => ({ checkpoint: value.slice(0, 2), nth: Number(value.slice(3)) })),
  ),
  LEASE_SECONDS: optional(
    z
      .string()
      .regex(/^\d{1,3}$/, "must be a number of seconds from 2 to 300")
      .transform(Number)
      .refine((value) => value >= 2 && value <= 300, "must be a number of seconds from 2 to 300"),
  ),
});

/** What a package's variables end with. */
const PACKAGE_VARIABLES = {
  CLIENT_ID: z.string(),
  CLIENT_SECRET: z.string(),
  LOGIN_URL: httpUrl,
  IDENTITY_URL: httpUrl,
  API_URL: httpUrl,
  WEBHOOK_KEY: z.string(),
} as const;
type PackageVariable = keyof typeof PACKAGE_VARIABLES;

const nameOf = ({ prefix }: PackageEnvironment, variable: PackageVariable) => `${prefix}_${variable}`;
const packageVariables = z.object(
  Object.fromEntries(
    PACKAGE_ENVIRONMENTS.flatMap((one) =>
      (Object.keys(PACKAGE_VARIABLES) as PackageVariable[]).map((variable) => [
        nameOf(one, variable),
        optional<z.ZodType<string>>(PACKAGE_VARIABLES[variable]),
      ]),
    ),
  ),
);

/** One package as the environment sets it: our app there, and where it answers. */
export interface PackageSettings extends PackageAddresses {
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly webhookKey: string | undefined;
}

/**
 * Reads every variable that Greentick knows, and fills in what follows from the others.
 *
 * @throws {EnvError} naming every fault, never only the first
 */
export function parseEnv(source: Readonly<Record<string, string | undefined>>) {
  const parsed = variables.safeParse(source);
  const ofPackages = packageVariables.safeParse(source);
  const faults: string[] = [];
  if (!parsed.success || !ofPackages.success) {
    for (const issue of [...(parsed.error?.issues ?? []), ...(ofPackages.error?.issues ?? [])]) {
      faults.push(`${issue.path.join(".")} ${issue.message}`);
    }
    throw new EnvError([...new Set(faults)]);
  }
  const given = parsed.data;

  for (const name of ["DATABASE_URL", "WORKER_DATABASE_URL"] as const) {
    if (given[name] !== undefined && given[name] === given.DATABASE_OWNER_URL) {
      faults.push(`${name} must not be the owner's login of DATABASE_OWNER_URL: row-level security would not bind it`);
    }
  }
  const oidc = [given.OIDC_ISSUER, given.OIDC_CLIENT_ID, given.OIDC_CLIENT_SECRET].filter((value) => value !== undefined).length;
  if (oidc !== 0 && oidc !== 3) faults.push("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET must be set together");
  for (const one of PACKAGE_ENVIRONMENTS) {
    const [id, secret] = [nameOf(one, "CLIENT_ID"), nameOf(one, "CLIENT_SECRET")];
    if ((ofPackages.data[id] === undefined) !== (ofPackages.data[secret] === undefined))
      faults.push(`${id} and ${secret} must be set together`);
  }
  if ((given.METRICS_PORT === undefined) !== (given.METRICS_TOKEN === undefined)) {
    faults.push("METRICS_PORT and METRICS_TOKEN must be set together: figures are not given to whoever asks");
  }
  if ((given.SMTP_URL === undefined) !== (given.ALERTS_FROM === undefined)) {
    faults.push("SMTP_URL and ALERTS_FROM must be set together");
  }
  if (faults.length > 0) throw new EnvError(faults);

  const webPort = given.PORT ?? 3000;
  const simulatorPort = given.SIMULATOR_PORT ?? 4010;
  const simulatorHost = given.SIMULATOR_HOST ?? "127.0.0.1";
  /** The demo belongs to the embedded database; over a database of your own it must be asked for. */
  const demo = given.DEMO ?? (given.DATABASE_URL ?? given.WORKER_DATABASE_URL ?? given.DATABASE_OWNER_URL) === undefined;
  const simulatorUrl = `http://${reachable(simulatorHost)}:${simulatorPort}`;
  return {
    DATABASE_URL: given.DATABASE_URL,
    WORKER_DATABASE_URL: given.WORKER_DATABASE_URL,
    DATABASE_OWNER_URL: given.DATABASE_OWNER_URL,
    APP_URL: given.APP_URL ?? `http://localhost:${webPort}`,
    PORT: webPort,
    APP_SECRETS: given.APP_SECRETS,
    SESSION_SECRET: given.SESSION_SECRET,
    DEMO: demo,
    DEMO_PASSWORD: given.DEMO_PASSWORD,
    /** Whether the demo also gets the two clients that show a practice at work; tests have no use for them. */
    DEMO_SCENE: demo && (given.DEMO_SCENE ?? true),
    SIMULATOR_PORT: simulatorPort,
    SIMULATOR_HOST: simulatorHost,
    /** Where the simulator is reached from this machine: derived, not a variable. */
    SIMULATOR_URL: simulatorUrl,
    /** Each package's own variables: our app there, and where it answers. */
    PACKAGES: new Map(
      PACKAGE_ENVIRONMENTS.map((one) => [one.packageId, settingsOf(one, ofPackages.data, demo ? simulatorUrl : null)]),
    ) as ReadonlyMap<PackageId, PackageSettings>,
    OIDC_ISSUER: given.OIDC_ISSUER,
    OIDC_CLIENT_ID: given.OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET: given.OIDC_CLIENT_SECRET,
    /** Of this process's own figures; a web and a worker on one machine each need one. */
    METRICS_PORT: given.METRICS_PORT,
    METRICS_HOST: given.METRICS_HOST ?? "127.0.0.1",
    METRICS_TOKEN: given.METRICS_TOKEN,
    /** Where traces go; unset, none are made. */
    OTEL_EXPORTER_OTLP_ENDPOINT: given.OTEL_EXPORTER_OTLP_ENDPOINT,
    SMTP_URL: given.SMTP_URL,
    ALERTS_FROM: given.ALERTS_FROM,
    /** Whether alerts may be posted to private addresses, and by plain http. */
    ALERT_WEBHOOK_PRIVATE: given.ALERT_WEBHOOK_PRIVATE ?? false,
    /** Where a campaign wants this process to end; never set otherwise. */
    CRASH_AT: given.CRASH_AT,
    /** How long a worker's lease on a connection holds without being renewed, in real seconds. */
    LEASE_SECONDS: given.LEASE_SECONDS ?? 15,
    /** Absolute path of the data folder. */
    GREENTICK_DATA: resolve(/*turbopackIgnore: true*/ given.GREENTICK_DATA ?? ".data"),
  };
}

export type Env = ReturnType<typeof parseEnv>;

/** @param simulatorUrl where what is not set leads to the demo's simulator; null for the real package */
function settingsOf(
  one: PackageEnvironment,
  given: Readonly<Record<string, string | undefined>>,
  simulatorUrl: string | null,
): PackageSettings {
  const of = (variable: PackageVariable) => given[nameOf(one, variable)];
  const demo = simulatorUrl === null ? null : one.demo;
  const simulated = simulatorUrl === null ? null : `${simulatorUrl}${one.simulatedUnder}`;
  return {
    clientId: of("CLIENT_ID") ?? demo?.clientId,
    clientSecret: of("CLIENT_SECRET") ?? demo?.clientSecret,
    webhookKey: of("WEBHOOK_KEY") ?? demo?.webhookKey,
    loginUrl: of("LOGIN_URL") ?? simulated ?? one.addresses.loginUrl,
    identityUrl: of("IDENTITY_URL") ?? simulated ?? one.addresses.identityUrl,
    apiUrl: of("API_URL") ?? simulated ?? one.addresses.apiUrl,
  };
}

/** A package's settings. @throws {RangeError} for a package that none are known of */
export function packageSettings(packageId: PackageId, { PACKAGES }: Pick<Env, "PACKAGES"> = env()): PackageSettings {
  const found = PACKAGES.get(packageId);
  if (!found) throw new RangeError(`${packageId} has no settings in the environment`);
  return found;
}

/** The same of one that our app is registered with. @throws {EnvError} naming what is not set */
export function packageApp(packageId: PackageId, environment: Pick<Env, "PACKAGES"> = env()) {
  const { clientId, clientSecret, ...rest } = packageSettings(packageId, environment);
  if (clientId !== undefined && clientSecret !== undefined) return { ...rest, clientId, clientSecret };
  const one = PACKAGE_ENVIRONMENTS.find((candidate) => candidate.packageId === packageId);
  const faults = (["CLIENT_ID", "CLIENT_SECRET"] as const).map((variable) => {
    const what = variable === "CLIENT_ID" ? "client id" : "client secret";
    return `${one ? nameOf(one, variable) : variable} is not set; the ${what} of your app at ${one?.name ?? packageId}`;
  });
  throw new EnvError(faults);
}

/** Every address that a package is spoken to at: those that must be the simulator's where its clock is followed. */
export function packageAddresses({ PACKAGES }: Pick<Env, "PACKAGES"> = env()): readonly string[] {
  return [...PACKAGES.values()].flatMap(({ loginUrl, identityUrl, apiUrl }) => [loginUrl, identityUrl, apiUrl]);
}

/** The packages' variables by name, for a child process. */
export function packageVariablesOf({ PACKAGES }: Pick<Env, "PACKAGES">): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    PACKAGE_ENVIRONMENTS.flatMap((one) => {
      const of = packageSettings(one.packageId, { PACKAGES });
      const values: Readonly<Record<PackageVariable, string | undefined>> = {
        CLIENT_ID: of.clientId,
        CLIENT_SECRET: of.clientSecret,
        LOGIN_URL: of.loginUrl,
        IDENTITY_URL: of.identityUrl,
        API_URL: of.apiUrl,
        WEBHOOK_KEY: of.webhookKey,
      };
      return (Object.keys(values) as PackageVariable[]).map((variable) => [nameOf(one, variable), values[variable]]);
    }),
  );
}

let parsed: Env | null = null;

/** This process's environment, parsed on first use. @throws {EnvError} naming every fault */
export function env(): Env {
  parsed ??= parseEnv(process.env);
  return parsed;
}

type Optional = Exclude<{ [Name in keyof Env]: undefined extends Env[Name] ? Name : never }[keyof Env], "CRASH_AT">;

/**
 * The named variables, for a process that cannot work without them.
 *
 * @throws {EnvError} naming every one that is not set
 */
export function needEnv<Name extends Optional>(...names: readonly Name[]): { [Key in Name]: NonNullable<Env[Key]> } {
  const all = env();
  const missing = names.filter((name) => all[name] === undefined);
  if (missing.length > 0) throw new EnvError(missing.map((name) => `${name} is not set; ${WHAT_FOR[name]}`));
  return Object.fromEntries(names.map((name) => [name, all[name]])) as { [Key in Name]: NonNullable<Env[Key]> };
}

const WHAT_FOR: Record<Optional, string> = {
  DATABASE_URL: "web needs its Postgres login (or run `npm start` for the embedded database)",
  WORKER_DATABASE_URL: "the worker needs its Postgres login (or run `npm start` for the embedded database)",
  DATABASE_OWNER_URL: "`npm run migrate` needs the owner's Postgres login",
  APP_SECRETS: "tokens are encrypted with it: id:base64key, the key 32 random bytes",
  SESSION_SECRET: "sign-in cookies are encrypted with it: at least 32 random characters",
  DEMO_PASSWORD: "the password of the demo sign-ins",
  OIDC_ISSUER: "the address of your sign-in provider",
  OIDC_CLIENT_ID: "this application's id at your sign-in provider",
  OIDC_CLIENT_SECRET: "this application's secret at your sign-in provider",
  METRICS_PORT: "the port of this process's figures",
  METRICS_TOKEN: "the token that figures are asked for with",
  OTEL_EXPORTER_OTLP_ENDPOINT: "where traces are sent",
  SMTP_URL: "alerts go by e-mail through it: smtp://user:password@host:587 or smtps://…",
  ALERTS_FROM: "the sender of alerts by e-mail",
};

/**
 * The environment for a child process: everything the machine gives (PATH, HOME, proxies, certificates), without any variable of
 * ours, plus exactly the ones named. So a child never sees a login that was not meant for it.
 */
export function childEnv(
  own: Readonly<Record<string, string | undefined>> = {},
  mode: "production" | "development" = "production",
): NodeJS.ProcessEnv {
  // The last two are set by tools that may have started us, and would change how a child behaves.
  const left = new Set([
    ...Object.keys(variables.shape),
    ...Object.keys(packageVariables.shape),
    "NEXTAUTH_URL",
    "NEXTAUTH_SECRET",
    "NODE_ENV",
    "VITEST",
  ]);
  const child: NodeJS.ProcessEnv = { NODE_ENV: mode };
  for (const [name, value] of [...Object.entries(process.env).filter(([name]) => !left.has(name)), ...Object.entries(own)]) {
    if (value !== undefined) child[name] = value;
  }
  return child;
}

/** Whether npm runs this process, and will be gone when it is killed. */
export function runByNpm(): boolean {
  return process.env.npm_lifecycle_event !== undefined;
}

/** A name to connect to, where the setting is one to listen on. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
