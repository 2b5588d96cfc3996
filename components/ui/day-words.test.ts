import { describe, expect, it } from "vitest";
import { dayInFigures, dayPattern, readDay } from "./day-words.ts";

describe("FD11 date boxes in the reader's order", () => {
  it.each([
    ["en-GB", "21/11/2026", "dd/mm/yyyy"],
    ["en-US", "11/21/2026", "mm/dd/yyyy"],
    ["nl-NL", "21-11-2026", "dd-mm-yyyy"],
    ["de-DE", "21.11.2026", "dd.mm.yyyy"],
  ])("FD11 %s shows %s and reads it back", (locale, words, pattern) => {
    expect(dayInFigures("2026-11-21", locale)).toBe(words);
    expect(dayPattern(locale)).toBe(pattern);
    expect(readDay(words, locale)).toBe("2026-11-21");
  });

  it.each([
    ["05/11/26", "2026-11-05"],
    ["5.1.2027", "2027-01-05"],
    [" 5-1-2027 ", "2027-01-05"],
    ["2026-11-21", "2026-11-21"],
    ["31/11/2026", null],
    ["11/21/2026", null],
    ["21/11", null],
    ["21/11/126", null],
    ["tomorrow", null],
    ["", null],
  ])("FD11 %j typed in Britain is %s, and never the month for the day", (text, day) => {
    expect(readDay(text, "en-GB")).toBe(day);
  });
});
