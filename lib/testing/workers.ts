import { availableParallelism } from "node:os";

/**
 * How many test files or browser specs run at once: one more than there are cores, and three at least, since a worker leaves a third
 * of its time to clocks, children and the disk; eight at most, since all of them share one database server or one product.
 */
export const TEST_WORKERS = Math.min(Math.max(availableParallelism() + 1, 3), 8);
