import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { saveRecord } from "#lib/operational/edit-records.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const taxCode = (client: SceneClient, code: string, rate: string, kind: string | null = null, side: string | null = null) =>
  client.inScope((db) =>
    db.execute(sql`insert into tax_codes (client_id, code, name, rate, kind, side)
      values (${client.clientId}, ${code}, ${`Code ${code}`}, ${rate}, ${kind}, ${side})`),
  );
const judged = async (client: SceneClient, number: string) => {
  const { rows } = await client.inScope((db) =>
    db.execute<{ precheck: string; code: string | null; subject: string | null }>(sql`
      select precheck, precheck_code as code, precheck_detail ->> 'subject' as subject from postings
      where client_id = ${client.clientId} and reference = ${number} and current`),
  );
  return rows[0];
};
const inXero = async (client: SceneClient, number: string) =>
  (await client.ledger()).documents.filter((document) => document.number === number);

describe("FA7 the tax carried against what its code charges", () => {
  it("FA7 M70 c09: 0.00 under 20% and 20.00 under nil are both blocked, code, rate and both amounts said, and neither is ever sent", async () => {
    const client = await scene.client();
    await client.add(
      { number: "F22-1", lines: [{ unitPrice: "100.00", netMinor: 10_000n, taxMinor: 0n }] },
      { number: "F22-2", lines: [{ unitPrice: "100.00", netMinor: 10_000n, taxMinor: 2_000n, taxCode: "ZERO" }] },
      { number: "F22-3", lines: [{ unitPrice: "100.00", netMinor: 10_000n, taxMinor: 2_000n }] },
    );
    expect(await judged(client, "F22-1")).toEqual({
      precheck: "blocked",
      code: "source.tax-disagrees",
      subject: "tax code STD: 0.00 carried, 20.00 charged at 20% on 100.00 GBP",
    });
    expect(await judged(client, "F22-2")).toEqual({
      precheck: "blocked",
      code: "source.tax-disagrees",
      subject: "tax code ZERO: 20.00 carried, 0.00 charged at 0% on 100.00 GBP",
    });
    await client.upload();
    await client.work();
    expect(await client.row("F22-1")).toMatchObject({ state: "held", error_code: "source.tax-disagrees" });
    expect(await client.row("F22-3")).toMatchObject({ state: "confirmed" });
    expect(await inXero(client, "F22-1")).toEqual([]);
    expect(await inXero(client, "F22-2")).toEqual([]);
  });

  it("FA7 c10: a reverse-charge bill of 500.00 is payable 500.00 in the package, with nothing charged", async () => {
    const client = await scene.client();
    await taxCode(client, "DRC20", "20", "domestic-reverse-charge");
    await client.map("tax", "DRC20", "DRCHARGE20");
    const bill = { kind: "bill" as const, contact: "S1" };
    const line = { taxCode: "DRC20", unitPrice: "500.00", netMinor: 50_000n };
    await client.add(
      { ...bill, number: "F39B-1", lines: [{ ...line, taxMinor: 0n }] },
      // As it was made before the kind was said: 100.00 too much would be paid.
      { ...bill, number: "F39B-2", lines: [{ ...line, taxMinor: 10_000n }] },
    );
    await client.upload();
    await client.work();
    expect(await client.row("F39B-1")).toMatchObject({ state: "confirmed" });
    expect(await inXero(client, "F39B-1")).toMatchObject([{ net: "500.00", tax: "0.00", gross: "500.00" }]);
    expect((await judged(client, "F39B-2"))?.subject).toBe("tax code DRC20: 100.00 carried, 0.00 charged at 0% on 500.00 GBP");
    expect(await inXero(client, "F39B-2")).toEqual([]);
  });

  it("FA7 a code of unknown kind that carries nothing at 20% waits until somebody says what it is, and then goes by itself", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-0" });
    await client.upload();
    await client.work();
    await taxCode(client, "X20", "20");
    await client.map("tax", "X20", "DRCHARGE20");
    await client.add({
      kind: "bill",
      contact: "S1",
      number: "B-1",
      lines: [{ taxCode: "X20", unitPrice: "500.00", netMinor: 50_000n, taxMinor: 0n }],
    });
    expect(await judged(client, "B-1")).toMatchObject({ precheck: "blocked", code: "mapping.tax-charges-otherwise" });
    await client.upload();
    await client.work();
    expect(await client.row("B-1")).toMatchObject({ state: "held" });
    await client.inScope(async (db) => {
      const { rows } = await db.execute<{ id: string }>(
        sql`select id from tax_codes where client_id = ${client.clientId} and code = 'X20'`,
      );
      await saveRecord(db, client.scope, {
        what: "tax-code",
        id: rows[0]?.id ?? null,
        code: "X20",
        name: "Code X20",
        rate: "20",
        kind: "domestic-reverse-charge",
        side: null,
        followedBy: null,
        followedFrom: null,
      });
    });
    await client.work();
    expect(await client.row("B-1")).toMatchObject({ state: "confirmed" });
  });

  it("N15 half a penny a line and a penny go as they are carried; more is held", async () => {
    const client = await scene.client();
    const line = { unitPrice: "100.00", netMinor: 10_000n };
    await client.add(
      { number: "P-1", lines: [{ ...line, taxMinor: 2_001n }] },
      { number: "P-2", lines: [{ ...line, taxMinor: 1_998n }] },
      {
        number: "P-3",
        lines: [
          { ...line, taxMinor: 2_000n },
          { ...line, taxMinor: 2_002n },
          { ...line, taxMinor: 2_000n },
        ],
      },
      {
        number: "P-4",
        lines: [
          { ...line, taxMinor: 2_000n },
          { ...line, taxMinor: 2_003n },
        ],
      },
    );
    const verdicts = await Promise.all(["P-1", "P-2", "P-3", "P-4"].map(async (number) => (await judged(client, number))?.code));
    expect(verdicts).toEqual([
      "source.dependency-missing",
      "source.tax-disagrees",
      "source.dependency-missing",
      "source.tax-disagrees",
    ]);
    await client.upload();
    await client.work();
    expect(await inXero(client, "P-1")).toMatchObject([{ net: "100.00", tax: "20.01", gross: "120.01" }]);
  });

  it("says amounts in the document's own currency", async () => {
    const client = await scene.client();
    await client.add({ number: "J-1", currency: "JPY", lines: [{ netMinor: 1_000n, taxMinor: 0n }] });
    expect((await judged(client, "J-1"))?.subject).toBe("tax code STD: 0 carried, 200 charged at 20% on 1000 JPY");
  });
});

describe("FA7 FD3 a mapping that came in otherwise than by the editor", () => {
  it("N17 N27 is held with the reason: it charges otherwise, accounts otherwise, or is for the other side by the package's own flags", async () => {
    const client = await scene.client();
    await taxCode(client, "P20", "20", "standard");
    await taxCode(client, "PZ", "0", "zero");
    await taxCode(client, "ASSET", "20");
    await client.map("tax", "P20", "DRCHARGE20");
    await client.map("tax", "PZ", "REVERSECHARGES");
    // A balance-sheet account takes the sales rate; the bill does not.
    await client.map("tax", "ASSET", "OUTPUT2");
    const bill = (number: string, code: string, taxMinor: bigint) => ({
      kind: "bill" as const,
      contact: "S1",
      number,
      lines: [{ taxCode: code, taxMinor }],
    });
    await client.add({ number: "M-0" }, bill("M-1", "P20", 200n), bill("M-2", "PZ", 0n), bill("M-3", "ASSET", 200n));
    expect(await judged(client, "M-1")).toMatchObject({
      code: "mapping.tax-charges-otherwise",
      subject:
        "line 1, mapped to Domestic Reverse Charge @ 20% (VAT on Expenses): ours charges 20% on the document, theirs nothing",
    });
    expect((await judged(client, "M-2"))?.code).toBe("mapping.tax-charges-otherwise");
    expect(await judged(client, "M-3")).toMatchObject({
      code: "mapping.tax-wrong-side",
      subject: "line 1, mapped to 20% (VAT on Income): that rate is for sales",
    });
    await client.upload();
    await client.work();
    for (const number of ["M-1", "M-2", "M-3"]) expect(await inXero(client, number)).toEqual([]);
    await client.map("tax", "P20", "INPUT2");
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.work();
    expect(await client.row("M-1")).toMatchObject({ state: "confirmed" });
  });

  it("FD3 M70 one code of ours on sales and purchases: the side that the package's rate is for goes, the other is held and says why", async () => {
    const client = await scene.client();
    await taxCode(client, "S20", "20", "standard", "both");
    await client.map("tax", "S20", "OUTPUT2");
    await client.add(
      { number: "W-1", lines: [{ taxCode: "S20" }] },
      { kind: "bill", contact: "S1", number: "W-2", lines: [{ taxCode: "S20" }] },
    );
    await client.upload();
    await client.work();
    expect(await client.row("W-1")).toMatchObject({ state: "confirmed" });
    expect(await judged(client, "W-2")).toMatchObject({
      code: "mapping.tax-wrong-side",
      subject: "line 1, mapped to 20% (VAT on Income): that rate is for sales",
    });
    expect(await inXero(client, "W-2")).toEqual([]);
  });

  it("FA7 M70 a blocked and a partly recoverable code are held on a rate that reclaims all its VAT, and never sent", async () => {
    const client = await scene.client();
    await taxCode(client, "BLK20", "20", "blocked");
    await taxCode(client, "PART20", "20", "partly-recoverable");
    for (const code of ["BLK20", "PART20"]) await client.map("tax", code, "INPUT2");
    const bill = { kind: "bill" as const, contact: "S1" };
    await client.add(
      { number: "E-0" },
      { ...bill, number: "E-1", lines: [{ taxCode: "BLK20" }] },
      { ...bill, number: "E-2", lines: [{ taxCode: "PART20" }] },
    );
    for (const number of ["E-1", "E-2"])
      expect(await judged(client, number)).toEqual({
        precheck: "blocked",
        code: "mapping.tax-reclaims-otherwise",
        subject: "line 1, mapped to 20% (VAT on Expenses): that rate reclaims another part of its VAT than our code",
      });
    await client.upload();
    await client.work();
    for (const number of ["E-1", "E-2"]) expect(await inXero(client, number)).toEqual([]);
    // What the code is decides: once somebody says that its VAT is reclaimed, the bill goes.
    await client.inScope((db) =>
      db.execute(sql`update tax_codes set kind = 'standard' where client_id = ${client.clientId} and code = 'BLK20'`),
    );
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.work();
    expect(await client.row("E-1")).toMatchObject({ state: "confirmed" });
    expect(await inXero(client, "E-2")).toEqual([]);
  });
});
