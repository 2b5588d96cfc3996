import { describe, expect, it } from "vitest";
import { faultOf, saidIn } from "./errors.ts";
import { answer, connection, fault } from "./fixtures.ts";
import { querying, reading } from "./wire.ts";

const read = reading(connection, "queryInvoice", "/query");
const one = reading(connection, "readInvoice", "/invoice/1");

/** The gateway's shape, in lower case. */
const gateway = (code: string, message: string) => ({
  fault: { error: [{ message, detail: "", code, element: null }], type: "AUTHENTICATION" },
});
const XML =
  '<?xml version="1.0" encoding="UTF-8"?><IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE"><Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message><Detail>The request limit was reached.  Try again later</Detail></Error></Fault></IntuitResponse>';

describe("what a call's answer means, in each shape of theirs", () => {
  it("too many calls, as 429, as 403 and as XML", () => {
    for (const given of [answer(429, ""), answer(429, XML), answer(403, XML)])
      expect(faultOf(given, read)).toEqual({ what: "rate-limited", limit: "minute", retryAfterMs: 60_000 });
    expect(faultOf(answer(429, "", { "retry-after": "7" }), read)).toMatchObject({ retryAfterMs: 7_000 });
  });

  it("an old token and a lost connection, whatever the case of the fault and the zeros of its code", () => {
    const old = gateway("003200", "message=AuthenticationFailed; errorCode=003200; statusCode=401");
    expect(faultOf(answer(401, old), read)?.what).toBe("token-expired");
    expect(
      faultOf(answer(403, gateway("3100", "message=AuthorizationFailed; errorCode=003100; statusCode=403")), read)?.what,
    ).toBe("connection-lost");
  });

  it("a refusal inside an OK, and what is no answer at all", () => {
    expect(faultOf(answer(200, fault("6210", "Account Period Closed")), read)).toMatchObject({
      what: "refused",
      error: { code: "package.period-locked" },
    });
    expect(faultOf(answer(200, "<html>Sign in</html>"), read)).toEqual({ what: "unclear", why: "unparsable" });
    expect(faultOf(answer(502, "<html><h1>Bad gateway</h1></html>"), read)).toEqual({ what: "unclear", why: "server-error" });
    expect(faultOf(answer(400, ""), read)).toEqual({ what: "unclear", why: "not-definite" });
    expect(faultOf(answer(400, fault("10000", "An application error has occurred")), read)).toMatchObject({ what: "unclear" });
  });

  it("a fault of one list of changes is a fault of the call, so that no change is passed over", () => {
    const changes = reading(connection, "readChanges", "/cdc");
    const one = fault("5020", "Permission denied");
    for (const inside of [[{ QueryResponse: [{ Invoice: [] }, one] }], [one]])
      expect(faultOf(answer(200, { CDCResponse: inside }), changes)).toMatchObject({ what: "refused" });
    expect(faultOf(answer(200, { CDCResponse: [{ QueryResponse: [{}] }] }), changes)).toBe(null);
  });

  it("one that is not there is an answer where it was asked for by its id, and a fault elsewhere", () => {
    const gone = answer(400, fault("610", "Object Not Found", "Object Not Found : Something was made inactive."));
    expect(faultOf(gone, one)).toBe(null);
    expect(faultOf(gone, read)).toMatchObject({ what: "refused" });
  });

  it("a refusal in another language is known by its code", () => {
    const french = answer(400, fault("6140", "Erreur de numéro de document en double"));
    expect(faultOf(french, read)).toMatchObject({ error: { code: "source.duplicate-number" } });
    expect(saidIn({ ...french, headers: { intuit_tid: "1-abc" } })).toMatchObject({
      httpStatus: 400,
      requestId: "1-abc",
      said: ["Erreur de numéro de document en double (6140)"],
    });
  });

  it("what is gone or inactive is told by the list that they name", () => {
    const code = (detail: string) => {
      const found = faultOf(answer(400, fault("2500", "Invalid Reference Id", detail)), read);
      return found && "error" in found ? found.error.code : null;
    };
    expect(code("Invalid Reference Id : Accounts element id 7 not found")).toBe("mapping.target-archived");
    expect(code("Names element id 99 not found")).toBe("package.contact-archived");
    expect(code("Klasses element id 4 not found")).toBe("source.dependency-missing");
  });
});

describe("an OK without the list that was asked for", () => {
  const nothing = { warnings: null, intuitObject: null, fault: null, report: null, queryResponse: null };
  it.each([nothing, { time: "2026-11-30T00:00:00Z" }, {}])(
    "says nothing, so that nothing counts as absent or unchanged: %j",
    (body) => {
      const query = querying(connection, "queryInvoice", "SELECT * FROM Invoice");
      for (const message of [
        query,
        reading(connection, "readChanges", "/cdc"),
        reading(connection, "readPreferences", "/preferences"),
      ])
        expect(faultOf(answer(200, body), message)).toMatchObject({ what: "unclear" });
      expect(faultOf(answer(200, { QueryResponse: {} }), query)).toBeNull();
    },
  );
});
