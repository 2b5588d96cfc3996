import type { ScopedDb } from "#db/client.ts";
import { addClient, type NewClient } from "#db/queries/clients.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { PracticeScope } from "#lib/common/scope.ts";
import { SLUG, SLUG_MAX } from "#lib/common/slug.ts";

/** Taken for a client's id wherever a client is named. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Ways of writing dates and amounts that the form offers; BCP 47. */
export const LOCALES = [
  "en-GB",
  "en-IE",
  "en-US",
  "en-AU",
  "en-NZ",
  "en-CA",
  "en-ZA",
  "en-SG",
  "en-HK",
  "en-IN",
  "nl-NL",
  "nl-BE",
  "fr-FR",
  "fr-BE",
  "fr-CA",
  "fr-CH",
  "de-DE",
  "de-AT",
  "de-CH",
  "es-ES",
  "it-IT",
  "pt-PT",
  "da-DK",
  "sv-SE",
  "nb-NO",
  "fi-FI",
  "pl-PL",
] as const;

/** Currencies by their ISO 4217 code. */
export const currencies = (): readonly string[] => Intl.supportedValuesOf("currency");

/** Time zones by their IANA name. */
export const timeZones = (): readonly string[] => [...new Set([...Intl.supportedValuesOf("timeZone"), "UTC"])];

/**
 * Makes a client with an empty chart: its codes come with its files.
 * @throws {Refusal} naming the field, for an address that is taken or no address, and a currency, zone or locale that is none
 */
export async function makeClient(
  db: ScopedDb,
  scope: PracticeScope,
  client: NewClient,
): Promise<{ id: string; slug: string; name: string }> {
  const { slug, name, baseCurrency, timeZone, locale } = client;
  if (!SLUG.test(slug) || slug.length > SLUG_MAX || UUID.test(slug))
    throw new Refusal("Use small letters a to z, digits and single dashes between them, at most 60.", { field: "slug" });
  if (!currencies().includes(baseCurrency)) throw new Refusal("Choose a currency from the list.", { field: "baseCurrency" });
  if (!timeZones().includes(timeZone)) throw new Refusal("Choose a time zone from the list.", { field: "timeZone" });
  if (!LOCALES.some((one) => one === locale)) throw new Refusal("Choose a format from the list.", { field: "locale" });
  const id = await addClient(db, scope, client);
  if (id === null)
    throw new Refusal(
      `Another client has the address “${slug}” already. Choose another, such as “${slug.slice(0, SLUG_MAX - 2)}-2”.`,
      {
        field: "slug",
      },
    );
  return { id, slug, name };
}
