import { describe, expect, it } from "vitest";
import { Asking, fingerprintOf, questionLines, type RaisedQuestion } from "./questions.ts";

const HEADINGS = ["Number", "Date", "Amount"];
const order = (comesTo: string | (() => Promise<string>) = "3 invoices"): RaisedQuestion => ({
  id: "date-order",
  text: "Which way round do the dates stand?",
  why: "11/02/2026 in line 2 reads both ways.",
  remember: "headings",
  options: [
    { value: "dmy", label: "Day first", comesTo },
    { value: "mdy", label: "Month first", comesTo },
  ],
});
const remembered = (value: string, headings = fingerprintOf(HEADINGS)) => [
  { headings, questionId: "date-order", value, answeredBy: "Ada", answeredAt: new Date("2026-11-29T10:00:00Z") },
];

describe("a question about a file", () => {
  it("is open while nobody has said, and says what each answer would come to", async () => {
    const asking = new Asking();
    expect(await asking.settle(order(async () => "worked out"))).toBeNull();
    expect(asking.open[0]?.options.map((option) => option.comesTo)).toEqual(["worked out", "worked out"]);
    expect(questionLines(asking.open[0] ?? expect.fail()).join("\n")).toContain("--answer date-order=mdy  Month first");
  });

  it("is answered for the upload, and the answer must be one of its options", async () => {
    expect(await new Asking({ "date-order": "mdy" }).settle(order())).toBe("mdy");
    await expect(new Asking({ "date-order": "ymd" }).settle(order())).rejects.toThrow("one of dmy, mdy");
  });

  it("is not asked again under the same headings in whatever order, and is under others", async () => {
    const asking = new Asking({}, remembered("mdy"));
    asking.underHeadings(["amount", "NUMBER", "Date "]);
    expect(await asking.settle(order())).toBe("mdy");
    expect(asking.settled[0]).toMatchObject({ value: "mdy", since: { by: "Ada" } });
    const other = new Asking({}, remembered("mdy"));
    other.underHeadings([...HEADINGS, "Due date"]);
    expect(await other.settle(order())).toBeNull();
  });

  it("is asked anew when somebody wants to change it, or when what was remembered is no option any more", async () => {
    const changed = new Asking({ "date-order": null }, remembered("mdy"));
    changed.underHeadings(HEADINGS);
    expect(await changed.settle(order())).toBeNull();
    const stale = new Asking({}, remembered("ymd"));
    stale.underHeadings(HEADINGS);
    expect(await stale.settle(order())).toBeNull();
  });

  it("is asked each time where it is never remembered", async () => {
    const asking = new Asking({}, remembered("mdy", ""));
    expect(await asking.settle({ ...order(), remember: "no" })).toBeNull();
  });

  it("gives way to the file's own evidence: what was remembered otherwise is forgotten, what was said otherwise refused", () => {
    const asking = new Asking({}, remembered("mdy"));
    asking.underHeadings(HEADINGS);
    asking.evidence("date-order", "dmy", "line 4 holds 25/11/2026");
    expect(asking.forgotten).toEqual(["date-order"]);
    const said = new Asking({ "date-order": "mdy" });
    expect(() => said.evidence("date-order", "dmy", "line 4 holds 25/11/2026")).toThrow("line 4 holds 25/11/2026");
  });
});
