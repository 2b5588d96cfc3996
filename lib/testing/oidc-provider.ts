import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

/** Who signs in with this in front of their address: the provider has not checked that it is theirs. */
export const UNVERIFIED = "unverified:";

export interface OidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Lets this address take people back: known only once the product is up. */
  allow(redirectUri: string): void;
  stop(): Promise<void>;
}

/**
 * A real OpenID provider on a free port, with the library's own pages to sign in and to consent: whoever types an address is that person.
 * As the standard has it, address and name stand at its userinfo endpoint and not in the id token.
 */
export async function startOidcProvider(): Promise<OidcProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const [clientId, clientSecret] = ["greentick", "a-secret-of-this-run-alone"];
  const redirectUris: string[] = [];
  let provider: Provider | null = null;
  // Its clients are fixed when it is made: it is made with the first request, when the addresses are known.
  server.on("request", (request, response) => {
    provider ??= new Provider(issuer, {
      clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: redirectUris, response_types: ["code"] }],
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
      cookies: { keys: ["of this run alone"] },
      findAccount: (_context, id) => ({
        accountId: id,
        claims: () => ({
          sub: id,
          email: id.replace(UNVERIFIED, ""),
          email_verified: !id.startsWith(UNVERIFIED),
          name: "Somebody",
        }),
      }),
      pkce: { required: () => true },
    });
    provider.callback()(request, response);
  });
  return {
    issuer,
    clientId,
    clientSecret,
    allow: (redirectUri) => {
      redirectUris.push(redirectUri);
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
