import type { Party } from "#lib/simulator/core/books/records.ts";
import type { Performed } from "#lib/simulator/core/wire.ts";
import {
  addressOf,
  bodyOf,
  changed,
  created,
  emptied,
  type FreeAgentCall,
  filtered,
  found,
  listAnswer,
  missing,
  moment,
  Refusal,
  refuseFor,
  textIn,
} from "#lib/simulator/freeagent/wire-format.ts";
import type { Fields } from "#lib/simulator/http.ts";

/** What only the wire knows of a contact: its fields as they came. */
const OWN = ["organisation_name", "first_name", "last_name", "email", "sales_tax_registration_number", "charge_sales_tax"];

const ownOf = (body: Fields, before: Fields): Fields =>
  Object.fromEntries(OWN.flatMap((name) => (name in body ? [[name, body[name]]] : name in before ? [[name, before[name]]] : [])));

const nameOf = (own: Fields): string | null => {
  const person = [textIn(own, "first_name"), textIn(own, "last_name")];
  return textIn(own, "organisation_name") ?? (person.every((one) => one !== null) ? person.join(" ") : null);
};

function shown(call: FreeAgentCall, party: Party) {
  return {
    url: addressOf(call, "contacts", party.id),
    ...party.own,
    // Renamed or archived by hand, as a person does there.
    ...(nameOf({ ...party.own }) === party.name ? {} : { organisation_name: party.name }),
    status: party.active ? "Active" : "Hidden",
    charge_sales_tax: "Auto",
    created_at: moment(party.createdAt),
    updated_at: moment(party.updatedAt),
  };
}

/** Customers and suppliers, in one list. */
export function contacts(call: FreeAgentCall, id: string | undefined): Performed {
  const { organisation, method, url } = call;
  if (id === undefined) {
    if (method === "POST") return make(call);
    const view = url.searchParams.get("view") ?? "active";
    const rows = organisation.list("parties").filter((one) => view === "all" || one.active === (view !== "hidden"));
    return listAnswer(call, "contacts", filtered(call, rows), (one) => shown(call, one));
  }
  const party = organisation.get("parties", id);
  if (party === undefined) throw new Refusal(missing());
  switch (method) {
    case "PUT": {
      const body = bodyOf(call, "contact");
      const own = ownOf(body, { ...party.own });
      const name = nameOf(own);
      refuseFor(name === null ? ["Organisation name can't be blank"] : []);
      const active = textIn(body, "status") === null ? party.active : textIn(body, "status") !== "Hidden";
      return changed("contact", shown(call, organisation.lists.changeParty(id, { name: name ?? "", active, own })));
    }
    case "DELETE":
      organisation.lists.removeParty(id);
      return emptied();
    default:
      return found("contact", shown(call, party));
  }
}

function make(call: FreeAgentCall): Performed {
  const own = ownOf(bodyOf(call, "contact"), {});
  const name = nameOf(own);
  refuseFor(name === null ? ["Organisation name can't be blank"] : []);
  const party = call.organisation.lists.addParty({ kind: "contact", name: name ?? "", reference: null, currency: null, own });
  return created("contact", shown(call, party), addressOf(call, "contacts", party.id));
}
