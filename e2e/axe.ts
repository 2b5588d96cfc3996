import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

/**
 * What axe finds on the page as it stands, each as `rule: the first elements' HTML`.
 * Without frames of other origins to look into (the product has none) and without the addresses of elements it takes a third of the time.
 *
 * @param look.within a CSS selector, for a part of the page
 * @param look.rules some of axe's rules alone
 * @param look.least `serious` leaves out what axe calls moderate or minor
 */
export async function axeFindings(
  page: Page,
  look: { within?: string; rules?: readonly string[]; least?: "serious" } = {},
): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ["violations"], selectors: false });
  if (look.within !== undefined) axe.include(look.within);
  if (look.rules !== undefined) axe.withRules([...look.rules]);
  const { violations } = await axe.analyze();
  return violations
    .filter(({ impact }) => look.least === undefined || impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
