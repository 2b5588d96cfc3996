import { type SQL, sql } from "drizzle-orm";
import type { FieldRules, TextField } from "#lib/connectors/types.ts";

/** A package's rules about texts and numbers as SQL conditions: what its `faultIn` would say, foretold. */

/** Blanks as JavaScript's `trim` and `\s` know them; a wider set than SQL's own. */
const BLANKS = "\\u0009-\\u000d\\u0020\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
const CONTROLS = { never: "[\\u0001-\\u001f\\u007f]", breaks: "[\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]" };

/** A text without blanks at its ends, as `trim` leaves it. */
export const trimmed = (text: SQL): SQL => sql`regexp_replace(${text}, ${`^[${BLANKS}]+|[${BLANKS}]+$`}::text, '', 'g')`;

/** Characters as UTF-16 counts them: one beyond the basic plane is two. */
const units = (text: SQL): SQL =>
  sql`(char_length(${text}) + char_length(regexp_replace(${text}, '[^\\U00010000-\\U0010ffff]', '', 'g')))`;

const long = (text: SQL) => sql`case when char_length(${text}) > 120 then left(${text}, 120) || '…' else ${text} end`;

/** One field of a record: which rule it is under, its text, and how a fault names it. */
export interface RuledText {
  readonly rule: TextField;
  readonly text: SQL;
  readonly field: SQL;
}

const fault = (code: string, field: SQL, value: SQL, said: SQL) => sql`jsonb_strip_nulls(jsonb_build_object('code', ${code}::text,
  'detail', jsonb_build_object('field', ${field}, 'value', ${value}, 'said', ${said})))`;

/** Branches of a `case` that yield `{code, detail}` of the first fault of a text; none without a rule. */
function textBranches(rules: FieldRules, name: string, { rule, text, field }: RuledText): SQL[] {
  const of = rules.texts[rule];
  if (!of) return [];
  const sent = of.oneBlank ? sql`btrim(regexp_replace(normalize(${text}, nfc), ${`[${BLANKS}]+`}::text, ' ', 'g'))` : text;
  const said = (why: string) => sql`jsonb_build_array(${why}::text)`;
  const bad = (when: SQL, why: string) => sql`when ${when} then ${fault("source.bad-format", field, long(text), said(why))}`;
  return [
    ...(of.needed
      ? [
          sql`when ${text} !~ ${`[^${BLANKS}]`}::text then ${fault("source.required-field", field, sql`null::text`, sql`null::jsonb`)}`,
        ]
      : []),
    ...(of.without
      ? [bad(sql`${text} ~ ${`[${of.without}]`}::text`, `${name} takes none of these characters: ${[...of.without].join(" ")}`)]
      : []),
    bad(sql`${sent} ~ ${of.breaks ? CONTROLS.breaks : CONTROLS.never}::text`, "it holds a control character"),
    // No text has more characters than bytes.
    sql`when octet_length(${sent}) > ${of.longest}::int and ${units(sent)} > ${of.longest}::int then ${fault(
      "source.too-long",
      field,
      long(sent),
      sql`jsonb_build_array(${units(sent)} || ' characters; ' || ${name}::text || ${` takes ${of.longest}`}::text)`,
    )}`,
    ...(of.plainOnSales
      ? [
          bad(
            sql`t.kind in ('sales-invoice', 'sales-credit-note') and ${text} !~ ${"^[\\u0020-\\u007e]+$"}::text`,
            `${name} takes plain ASCII in a sales number`,
          ),
        ]
      : []),
  ];
}

/** What is wrong with a line's price, quantity and net. */
function numberBranches(rules: FieldRules, name: string, at: (field: string) => SQL): SQL[] {
  const { lines } = rules;
  if (lines === null) return [];
  const plain = "^[+-]?[0-9]+(\\.[0-9]+)?$";
  const decimals = (text: SQL) => sql`scale(trim_scale(${text}::numeric))`;
  const bad = (when: SQL, field: string, value: SQL, why: string) =>
    sql`when ${when} then ${fault("source.bad-format", at(field), value, sql`jsonb_build_array(${why}::text)`)}`;
  return [
    bad(sql`l.quantity !~ ${plain}::text`, "quantity", sql`l.quantity`, "not a plain decimal number"),
    bad(sql`l.unit_price !~ ${plain}::text`, "unitPrice", sql`l.unit_price`, "not a plain decimal number"),
    bad(
      sql`case when octet_length(l.quantity) > ${lines.quantityLongest}::int
        then ${decimals(sql`l.quantity`)} <= ${lines.mostDecimals}::int
          and octet_length(trim_scale(l.quantity::numeric)::text) > ${lines.quantityLongest}::int
        else false end`,
      "quantity",
      sql`l.quantity`,
      `${name} keeps ${lines.quantityLongest} characters of a quantity`,
    ),
    bad(
      sql`abs(l.net_minor) > ${String(lines.largestMinor)}::bigint`,
      "netMinor",
      sql`l.net_minor::text`,
      `${name}'s largest amount is reached`,
    ),
  ];
}

const caseOf = (branches: readonly SQL[]): SQL =>
  branches.length === 0 ? sql`null::jsonb` : sql`case ${sql.join([...branches], sql` `)} end`;

/** `{code, detail}` of the first fault among a record's texts; null where there is none. */
export const textFault = (rules: FieldRules, name: string, texts: readonly RuledText[]): SQL =>
  caseOf(texts.flatMap((one) => textBranches(rules, name, one)));

/** The same of a document's line, `l`, with its product's reference as given. */
export function lineFault(rules: FieldRules, name: string, productReference: SQL, isSummed: SQL): SQL {
  const at = (field: string) => sql`'lines[' || (l.position - 1) || '].' || ${field}::text`;
  const words = sql`coalesce(nullif(${trimmed(sql`l.description`)}, ''), ${productReference}, '')`;
  const texts = textBranches(rules, name, { rule: "line.description", text: words, field: at("description") });
  const numbers = numberBranches(rules, name, at);
  // Lines that are summed go under words and figures of their sum.
  return sql`case when ${isSummed} then null else ${caseOf([...texts, ...numbers])} end`;
}
