import { z } from "zod";
import type { ConnectionOptions, Connector, OptionsShape } from "./types.ts";

/** One field of the form that Setup makes of a connector's options. */
export interface OptionField {
  readonly name: string;
  readonly label: string;
  readonly hint: string | null;
  /** The values that may be chosen; null for a text. */
  readonly choices: readonly { readonly value: string; readonly label: string }[] | null;
}

declare module "zod" {
  interface GlobalMeta {
    /** What a person reads in the place of each value that may be chosen. */
    choices?: Readonly<Record<string, string>>;
  }
}

type WithOptions = Pick<Connector, "options">;

/** The fields of a connector's options, in their order. */
export function optionFields({ options }: WithOptions): OptionField[] {
  return Object.entries(options?.shape ?? {}).map(([name, field]) => {
    const { title, description, choices: words } = z.globalRegistry.get(field) ?? {};
    const { enum: values } = z.toJSONSchema(field, { io: "input" });
    const choices = values?.map(String).map((value) => ({ value, label: words?.[value] ?? value }));
    return { name, label: title ?? name, hint: description ?? null, choices: choices ?? null };
  });
}

/** Of the values that were stored those that hold, and the connector's own for the rest; one without either is left out. */
export function optionsOf({ options }: WithOptions, stored: ConnectionOptions): ConnectionOptions {
  const found: Record<string, string> = {};
  for (const [name, field] of Object.entries(options?.shape ?? {})) {
    const set = field.safeParse(stored[name]);
    const value = set.success ? set : field.safeParse(undefined);
    if (value.success) found[name] = value.data;
  }
  return found;
}

/** What is wrong with values that are to be saved, by field; null where they are as the connector wants them. */
export function faultInOptions(options: OptionsShape, given: ConnectionOptions): { field: string; message: string } | null {
  const parsed = z.strictObject(options.shape).safeParse(given);
  const [issue] = parsed.error?.issues ?? [];
  return issue ? { field: String(issue.path[0] ?? ""), message: issue.message } : null;
}
