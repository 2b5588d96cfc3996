import { sql } from "drizzle-orm";
import { TwoStepBooks, type TwoStepCode, twoStep } from "#lib/connectors/testing/two-step.ts";
import type { PackageAccount, PackageTaxRate } from "#lib/connectors/types.ts";
import { turnOf } from "./killed-turn.ts";
import type { makePostingScene, SceneClient } from "./posting-scene.ts";
import { rowsOf } from "./scene-records.ts";

/** A posting as a test of steps reads it. */
interface StepRow extends Record<string, unknown> {
  readonly id: string;
  readonly state: string;
  readonly continued: boolean;
  readonly panel: string;
  readonly revision: number;
  readonly generation: number;
  readonly external_id: string | null;
  readonly error_code: string | null;
}

interface Turn {
  /** Killed before the transaction of this number, counted from 1. */
  readonly killAt?: number;
  readonly code?: TwoStepCode;
  readonly sliceMs?: number;
}

export type TwoStepClient = Awaited<ReturnType<typeof withTwoSteps>>;

/** What the scene's client has read of accounts and tax rates, for a throwaway package that is to list the same. */
export async function listsOf(client: SceneClient) {
  return client.inScope(async (db) => ({
    accounts: await rowsOf<PackageAccount & Record<string, unknown>>(
      db,
      sql`
        select external_id as "externalId", code, name, type, class, active, is_bank as "isBank",
          takes_payments as "takesPayments", is_system as "isSystem", currency
        from package_accounts where connection_id = ${client.connectionId}`,
    ),
    taxRates: await rowsOf<PackageTaxRate & Record<string, unknown>>(
      db,
      sql`
        select external_id as "externalId", name, rate, self_accounts as "selfAccounts", recovers,
          active, applies_to as "appliesTo"
        from package_tax_rates where connection_id = ${client.connectionId}`,
    ),
  }));
}

/** A client of the scene whose package is the throwaway of two steps. */
export async function withTwoSteps(scene: Awaited<ReturnType<typeof makePostingScene>>, client: SceneClient) {
  const lists = await listsOf(client);
  const books = new TwoStepBooks(lists);
  const two = {
    ...client,
    books,
    /** Turns and the time between them, until one number has its tick or stands for a person. */
    async settle(reference: string) {
      for (let turns = 0; turns < 4; turns += 1) {
        await scene.step(700);
        await two.turn();
        if (["confirmed", "held", "rejected"].includes((await two.step(reference)).state)) return;
      }
    },
    /** One time slice of a worker, as {@link turnOf} has it. */
    turn: ({ code, ...rest }: Turn = {}) => turnOf(scene, client, () => ({ connector: twoStep(books, code) }), rest),
    /** The row of one number, of its present revision. */
    async step(reference: string): Promise<StepRow> {
      const [row] = await client.inScope((db) =>
        rowsOf<StepRow>(
          db,
          sql`
            select id, state, continued, panel, revision, generation, external_id, error_code
            from postings
            where client_id = ${client.clientId} and reference = ${reference} and current`,
        ),
      );
      if (!row) throw new Error(`There is no posting ${reference}`);
      return row;
    },
  };
  return two;
}
