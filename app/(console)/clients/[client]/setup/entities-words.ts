/** What the change of the kinds that sync did to the rows. */
export interface EntitiesSaved {
  readonly back: number;
  readonly out: number;
  readonly held: number;
}

/** "Suppliers sync. 12 made meanwhile stand in Pending Export now." */
export function entitiesWords(label: string, ticked: boolean, result: EntitiesSaved, locale: string): string {
  const number = new Intl.NumberFormat(locale);
  const parts = ticked
    ? [
        `${label} sync.`,
        result.back > 0 &&
          `${number.format(result.back)} made meanwhile ${result.back === 1 ? "stands" : "stand"} in Pending Export now.`,
      ]
    : [
        `${label} do not sync any more.`,
        result.out > 0 && `${number.format(result.out)} left Pending Export.`,
        result.held > 0 &&
          `${number.format(result.held)} that ${result.held === 1 ? "was" : "were"} queued wait in Error Feedback.`,
      ];
  return parts.filter(Boolean).join(" ");
}
