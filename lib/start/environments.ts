import { childEnv, type Env, packageVariablesOf } from "#lib/env.ts";
import type { Databases } from "./databases.ts";

/** What every process of the product is told alike. Each gets one database login: its own. */
function shared(environment: Env): Record<string, string | undefined> {
  return {
    APP_URL: environment.APP_URL,
    PORT: String(environment.PORT),
    DEMO: environment.DEMO ? "1" : "0",
    DEMO_SCENE: environment.DEMO_SCENE ? "1" : "0",
    SIMULATOR_PORT: String(environment.SIMULATOR_PORT),
    SIMULATOR_HOST: environment.SIMULATOR_HOST,
    ...packageVariablesOf(environment),
    GREENTICK_DATA: environment.GREENTICK_DATA,
    OTEL_EXPORTER_OTLP_ENDPOINT: environment.OTEL_EXPORTER_OTLP_ENDPOINT,
    ALERT_WEBHOOK_PRIVATE: environment.ALERT_WEBHOOK_PRIVATE ? "1" : "0",
    NEXT_TELEMETRY_DISABLED: "1",
  };
}

/** Where a process gives its figures; under one `npm start` the worker's port is the one after web's. */
function figures(environment: Env, after: number): Record<string, string | undefined> {
  const { METRICS_PORT, METRICS_HOST, METRICS_TOKEN } = environment;
  if (METRICS_PORT === undefined) return {};
  return { METRICS_PORT: String(METRICS_PORT + after), METRICS_HOST, METRICS_TOKEN };
}

/** Web's environment; next-auth's own two variables follow from ours. */
export function webEnv(
  environment: Env,
  { webUrl, appSecrets, sessionSecret }: Pick<Databases, "webUrl" | "appSecrets" | "sessionSecret">,
  mode: "production" | "development" = "production",
) {
  const own = {
    ...shared(environment),
    ...figures(environment, 0),
    DATABASE_URL: webUrl,
    APP_SECRETS: appSecrets,
    SESSION_SECRET: sessionSecret,
    NEXTAUTH_URL: environment.APP_URL,
    NEXTAUTH_SECRET: sessionSecret,
    OIDC_ISSUER: environment.OIDC_ISSUER,
    OIDC_CLIENT_ID: environment.OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET: environment.OIDC_CLIENT_SECRET,
  };
  return childEnv(own, mode);
}

export function workerEnv(environment: Env, { workerUrl, appSecrets }: Pick<Databases, "workerUrl" | "appSecrets">) {
  return childEnv({
    ...shared(environment),
    ...figures(environment, 1),
    WORKER_DATABASE_URL: workerUrl,
    APP_SECRETS: appSecrets,
    SMTP_URL: environment.SMTP_URL,
    ALERTS_FROM: environment.ALERTS_FROM,
  });
}

/** What makes the demo's scene uses the product as web does, and needs nothing of web's own. */
export function demoEnv(environment: Env, { webUrl, appSecrets }: Pick<Databases, "webUrl" | "appSecrets">) {
  return childEnv({ ...shared(environment), DATABASE_URL: webUrl, APP_SECRETS: appSecrets });
}

/** The simulator plays the package's side: it sees no database and no secret of ours. */
export function simulatorEnv(environment: Env) {
  return childEnv(shared(environment));
}
