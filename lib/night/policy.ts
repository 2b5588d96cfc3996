/**
 * What a night may cost. A quiet client is asked for its payments and its documents: two calls, one where webhooks tell of documents.
 * The package's lists cost four calls more: a practice of a few hundred clients reads them every night, a larger one once a week and
 * before anything is sent.
 */
export const NIGHT_POLICY = {
  /** Live connections up to which the lists are read every night. */
  nightlyListsUpTo: 250,
  /** Connections that a worker takes up in one statement, and how many of them it asks at once. */
  chunk: 64,
  inFlight: 16,
  /** Chunks at once: one is written while the other is asked. */
  lanes: 2,
  /** Webhooks count as live for so long after the last right delivery, in ms on the one clock. */
  webhooksLiveMs: 6 * 3_600_000,
};
