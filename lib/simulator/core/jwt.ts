import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Fields } from "#lib/simulator/http.ts";

/** Signs tokens that carry claims. Its key is made when it is first needed, and lives as long as the process. */
export class Signer {
  #key: KeyObject | null = null;

  #private(): KeyObject {
    this.#key ??= generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    return this.#key;
  }

  publicKey() {
    const key = createPublicKey(this.#private()).export({ format: "jwk" });
    return { ...key, use: "sig", alg: "RS256", kid: "simulator" };
  }

  jwt(claims: Fields): string {
    const encode = (part: Fields) => Buffer.from(JSON.stringify(part)).toString("base64url");
    const content = `${encode({ alg: "RS256", kid: "simulator", typ: "JWT" })}.${encode(claims)}`;
    return `${content}.${sign("sha256", Buffer.from(content), this.#private()).toString("base64url")}`;
  }
}
