import { describe, expect, it } from "vitest";
import { stepsAt, wayBack } from "./list-trail.ts";

const list = "/clients/a/documents";
const trail = { at: `${list}?q=peak&sort=date.asc`, hrefs: [`${list}/1`, `${list}/2`, `${list}/3`] };

describe("FD11 previous and next", () => {
  it("FD11 lead through the list one came from, in its order", () => {
    expect(stepsAt(trail, `${list}/2`)).toEqual({ previous: `${list}/1`, next: `${list}/3`, place: 2, count: 3 });
    expect(stepsAt(trail, `${list}/1`)).toMatchObject({ previous: null, next: `${list}/2` });
    expect(stepsAt(trail, `${list}/3`)).toMatchObject({ previous: `${list}/2`, next: null });
  });

  it("FD11 are not there for a record that one came to by another way", () => {
    expect(stepsAt(trail, `${list}/9`)).toBeNull();
    expect(stepsAt(null, `${list}/1`)).toBeNull();
  });

  it("FD11 the breadcrumb leads back to the list as it was narrowed, and no other list's way back is taken for it", () => {
    expect(wayBack(trail, list)).toBe(trail.at);
    expect(wayBack(trail, "/clients/b/documents")).toBe("/clients/b/documents");
    expect(wayBack(null, list)).toBe(list);
  });
});
