import { simulatorControl } from "#lib/simulator/control-client.ts";
import { type Simulator, startSimulator } from "#lib/simulator/server.ts";

/** A JSON answer as tests look into it: any member may be there, and a list can be spread. Compare what it holds as text. */
export interface Answered extends Iterable<Answered> {
  [name: string]: Answered;
}

export type Reply = { status: number; headers: Headers; text: string; json: Answered };

/** One simulator for a test file, in memory and on any free port. */
export async function testSimulator() {
  const simulator: Simulator = await startSimulator({ port: 0, host: "127.0.0.1" });
  const control = simulatorControl(simulator.url, "xero");
  return {
    ...simulator,
    control,
    /** A new organisation with a customer (key `CUST`), connected as this role. */
    async organisation(options: { role?: "standard" | "adviser"; scope?: string; limits?: boolean; currencies?: string[] } = {}) {
      const tenant = await control.addTenant(`Test ${Math.random().toString(36).slice(2)}`, options.currencies);
      if (options.limits !== true) await control.patchSettings(tenant.id, { limits: false });
      const tokens = await control.tokens([tenant.id], { role: options.role, scope: options.scope });
      const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> => {
        const response = await fetch(`${simulator.url}/api.xro/2.0${path}`, {
          method,
          headers: {
            authorization: `Bearer ${tokens.access_token}`,
            "xero-tenant-id": tenant.id,
            accept: "application/json",
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
        });
        const text = await response.text();
        return { status: response.status, headers: response.headers, text, json: parsed(text) };
      };
      const made = await call("PUT", "/Contacts", { Contacts: [{ Name: "First Customer", ContactNumber: "CUST" }] });
      return { id: tenant.id, tokens, call, contactId: String(made.json.Contacts?.[0]?.ContactID ?? "") };
    },
  };
}

export type TestSimulator = Awaited<ReturnType<typeof testSimulator>>;
export type TestOrganisation = Awaited<ReturnType<TestSimulator["organisation"]>>;

function parsed(text: string): Answered {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse("{}");
  }
}

/** An approved sales invoice of 100.00 net, 120.00 gross; `changes` replace members. */
export function anInvoice(organisation: { contactId: string }, number: string, changes: Record<string, unknown> = {}) {
  return {
    Type: "ACCREC",
    InvoiceNumber: number,
    Contact: { ContactID: organisation.contactId },
    Date: "2026-11-02",
    DueDate: "2026-12-02",
    LineAmountTypes: "Exclusive",
    Status: "AUTHORISED",
    LineItems: [{ Description: "Widgets", Quantity: 10, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2" }],
    ...changes,
  };
}

/** Tries until it holds, or fails with the last reason after five seconds. */
export async function eventually(check: () => void | Promise<void>): Promise<void> {
  const deadline = Date.now() + 5000;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
