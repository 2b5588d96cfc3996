/** The queues that `migrate` installs; web and worker never create one. */
export const QUEUES = {
  /** Wakes a worker for one connection: `singletonKey` is the connection, one waits and further ones merge. */
  sync: "sync-connection",
  dead: "sync-dead",
} as const;

/** How each queue is made. Wake-ups only: a lost, late or doubled one can neither lose nor double a posting. */
export const QUEUE_OPTIONS = {
  [QUEUES.dead]: { policy: "standard" },
  [QUEUES.sync]: {
    policy: "short",
    retryLimit: 5,
    retryDelay: 2,
    retryBackoff: true,
    retryDelayMax: 900,
    heartbeatSeconds: 15,
    expireInSeconds: 300,
    deadLetter: QUEUES.dead,
  },
} as const;
