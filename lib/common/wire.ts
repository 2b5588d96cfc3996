/** What a value is after a trip through JSON: moments are ISO text. */
export type Wire<Value> = Value extends Date
  ? string
  : Value extends readonly (infer One)[]
    ? readonly Wire<One>[]
    : Value extends object
      ? { readonly [Key in keyof Value]: Wire<Value[Key]> }
      : Value;

/** Whether a bigint stands anywhere in a value: JSON has no form for it. */
type HoldsBigint<Value> = Value extends bigint
  ? true
  : Value extends Date
    ? false
    : Value extends readonly (infer One)[]
      ? HoldsBigint<One>
      : Value extends object
        ? { [Key in keyof Value]: HoldsBigint<Value[Key]> }[keyof Value]
        : false;

/** The same text for the first drawing on the server and for every later read over HTTP. */
export function toWire<Value>(value: true extends HoldsBigint<Value> ? never : Value): Wire<Value> {
  return JSON.parse(JSON.stringify(value)) as Wire<Value>;
}
