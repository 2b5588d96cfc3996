import { describe, expect, it } from "vitest";
import { amount, bodyOf, decimal, exact, isObject, minor, parseJson } from "../shared/json.ts";
import { dateOf, momentOf } from "./json.ts";

const object = (text: string) => {
  const value = parseJson(text);
  if (!isObject(value)) throw new Error("no object");
  return value;
};

describe("Xero's JSON", () => {
  it("B02 keeps every digit of a number, where a float would lose some", () => {
    const read = object('{"Total":9999999999.99,"Rate":0.1000000000000000055,"UnitAmount":10.1250}');
    expect(minor(read, "Total", "GBP")).toBe(999999999999n);
    expect(decimal(read, "Rate")?.toFixed()).toBe("0.1000000000000000055");
    expect(JSON.stringify({ a: amount(999999999999n, "GBP"), b: exact("10.1250"), c: exact("-0.30") })).toBe(
      '{"a":9999999999.99,"b":10.125,"c":-0.3}',
    );
  });

  it("B03 writes and reads currencies of three and of no decimals at their own scale", () => {
    expect(JSON.stringify([amount(1234n, "KWD"), amount(1234n, "JPY")])).toBe("[1.234,1234]");
    expect(minor(object('{"Total":1.234}'), "Total", "KWD")).toBe(1234n);
    expect(minor(object('{"Total":1234.00}'), "Total", "JPY")).toBe(1234n);
  });

  it("B23 takes hostile JSON for what it is: no number, no prototype, no crash", () => {
    expect(minor(object('{"Total":1e400}'), "Total", "GBP")).toBeNull();
    const polluted = object('{"__proto__":{"Total":1}}');
    expect(minor(polluted, "Total", "GBP")).toBeNull();
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    expect(bodyOf({ status: 200, headers: {}, body: `{"a":${deep}}` })).toBeNull();
    expect(bodyOf({ status: 200, headers: {}, body: "<html>" })).toBeNull();
    expect(bodyOf({ status: 200, headers: {}, body: '{"Invoices":[' })).toBeNull();
  });

  it("B14 reads a document's date as a date, whichever of its two forms is there", () => {
    expect(dateOf(object('{"DateString":"2009-05-27T00:00:00","Date":"/Date(0+0000)/"}'), "Date")).toBe("2009-05-27");
    expect(dateOf(object('{"Date":"/Date(1243382400000+0000)/"}'), "Date")).toBe("2009-05-27");
    expect(dateOf(object('{"Date":"2009-05-27"}'), "Date")).toBe("2009-05-27");
    expect(dateOf(object('{"Date":"/Date(what)/"}'), "Date")).toBeNull();
    expect(momentOf("2019-12-07T18:46:19.5165400")?.toISOString()).toBe("2019-12-07T18:46:19.516Z");
  });
});
