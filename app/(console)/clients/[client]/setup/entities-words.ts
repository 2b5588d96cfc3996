/** What the change of the kinds that sync did to the rows. */
export interface EntitiesSaved {
  readonly back: number;
  readonly out: number;
  readonly held: number;
}

/**
 * "Suppliers are on. 12 created meanwhile are now in Pending Export."
 * @param ticked the kinds that sync from now on, in the screen's words
 * @param unticked those that do not any more
 */
export function entitiesWords(
  ticked: readonly string[],
  unticked: readonly string[],
  result: EntitiesSaved,
  locale: string,
): string {
  const number = new Intl.NumberFormat(locale);
  const listed = (labels: readonly string[]) =>
    new Intl.ListFormat("en-GB").format(labels.map((label, index) => (index === 0 ? label : label.toLowerCase())));
  const parts = [
    ticked.length > 0 && `${listed(ticked)} are on.`,
    result.back > 0 &&
      `${number.format(result.back)} created meanwhile ${result.back === 1 ? "is" : "are"} now in Pending Export.`,
    unticked.length > 0 && `${listed(unticked)} are off.`,
    result.out > 0 && `${number.format(result.out)} left Pending Export.`,
    result.held > 0 &&
      `${number.format(result.held)} that ${result.held === 1 ? "was queued is" : "were queued are"} now in Error Feedback.`,
  ];
  return parts.filter(Boolean).join(" ");
}
