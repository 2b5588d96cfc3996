/** What a value is after a trip through JSON: moments are ISO text. */
export type Wire<Value> = Value extends Date
  ? string
  : Value extends readonly (infer One)[]
    ? readonly Wire<One>[]
    : Value extends object
      ? { readonly [Key in keyof Value]: Wire<Value[Key]> }
      : Value;

/** The same text for the first drawing on the server and for every later read over HTTP. */
export function toWire<Value>(value: Value): Wire<Value> {
  return JSON.parse(JSON.stringify(value)) as Wire<Value>;
}
