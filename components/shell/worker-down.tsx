"use client";

import { createContext, useContext } from "react";

const Context = createContext<string | null>(null);

/** Tells the page below since when no background worker runs. */
export const WorkerDown = Context.Provider;

/** "Background worker not running since 02:14". */
export const workerDownWords = (since: string): string => `Background worker not running${since === "" ? "" : ` since ${since}`}`;

/** Why nothing can be synchronised while no worker runs, and who is to be told; undefined while one does. */
export function useWorkerDown(): string | undefined {
  const since = useContext(Context);
  return since === null ? undefined : `${workerDownWords(since)}. Tell an administrator.`;
}
