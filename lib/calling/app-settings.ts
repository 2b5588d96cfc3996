import { parseSecretKeys, type SecretKeys } from "#lib/common/secrets.ts";
import type { PackageAddresses } from "#lib/connectors/oauth.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { env, needEnv, packageApp } from "#lib/env.ts";

/** What connecting needs from outside: our app at the package, where it answers, our own address, the keys for tokens at rest. */
export interface AppSettings {
  readonly appUrl: string;
  readonly keys: SecretKeys;
  readonly appAt: (packageId: PackageId) => PackageApp;
}

export interface PackageApp extends PackageAddresses {
  readonly clientId: string;
  readonly clientSecret: string;
}

let settings: AppSettings | null = null;

/** This process's settings, from its environment. @throws {EnvError} naming what is not set */
export function appSettings(): AppSettings {
  settings ??= {
    appUrl: env().APP_URL,
    keys: parseSecretKeys(needEnv("APP_SECRETS").APP_SECRETS),
    appAt: (packageId) => packageApp(packageId),
  };
  return settings;
}

/** Where the package sends the browser back to; the same address must be registered with our app there. */
export function callbackUrl(packageId: PackageId, { appUrl }: Pick<AppSettings, "appUrl">): string {
  return `${appUrl}/api/connections/${packageId}/callback`;
}
