import { describe, expect, it } from "vitest";
import { cleanFileName } from "./attachments.ts";

const PDF = { endings: [".pdf"] } as const;
const JPG = { endings: [".jpg", ".jpeg"] } as const;

describe("the name of an attached file", () => {
  it.each([
    ["invoice.pdf", "invoice.pdf"],
    ["../../etc/passwd", "passwd.pdf"],
    ["C:\\Users\\me\\Scan 1.PDF", "Scan 1.pdf"],
    ['a<b>c:d"e|f?g*h+i.pdf', "a b c d e f g h i.pdf"],
    ["re\u202Efdp.exe", "re fdp.exe.pdf"],
    ["line\nbreak\u0000.pdf", "line break.pdf"],
    ["...", "file.pdf"],
    ["", "file.pdf"],
    [`${"x".repeat(300)}.pdf`, `${"x".repeat(96)}.pdf`],
  ])("N23 %j becomes %j, which packages and file systems take", (given, clean) => {
    const kept = cleanFileName(given, PDF);
    expect(kept.toLowerCase()).toBe(clean.toLowerCase());
    expect(cleanFileName(kept, PDF)).toBe(kept);
  });

  it("N23 keeps either ending of a photograph", () => {
    expect(cleanFileName("receipt.jpeg", JPG)).toBe("receipt.jpeg");
    expect(cleanFileName("receipt", JPG)).toBe("receipt.jpg");
  });
});
