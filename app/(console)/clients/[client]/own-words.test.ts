import { describe, expect, it } from "vitest";
import { SYNC_ERRORS, type SyncErrorCode } from "#lib/errors/catalogue.ts";
import { isOwnToDo, ownFixerWords, ownNextWords } from "./own-words.ts";

const codes = Object.keys(SYNC_ERRORS) as SyncErrorCode[];

describe("what a client's own person is told of an error", () => {
  it("FD11 is theirs where the source is wrong, and nobody's where it goes on by itself", () => {
    expect(ownFixerWords("source.required-field")).toBe("You, in your own system");
    expect(ownFixerWords("mapping.account-missing")).toBe("Your accountant");
    expect(ownFixerWords("package.period-locked")).toBe("Your accountant");
    expect(ownFixerWords("transient.rate-limited")).toBe("Nobody: it resumes automatically");
  });

  it.each(codes)("FD11 %s sends nobody to a page that they do not have", (code) => {
    expect(ownNextWords(code)).not.toMatch(/Setup|Mapping|Matches|Export|Import|Upload/);
    if (isOwnToDo(code)) expect(SYNC_ERRORS[code].where).toBe("source");
  });
});
