/** The two clients that show a practice at work, beside the empty ones of `db/demo/load.ts`. */
export const ALIVE_CLIENT = { slug: "dunmore-garden-supplies", name: "Dunmore Garden Supplies" } as const;
export const HALF_CLIENT = { slug: "elmfield-joinery", name: "Elmfield Joinery" } as const;
