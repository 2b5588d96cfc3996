/** Header of requests that a page makes by itself: they do not count as the person being there. */
export const BY_ITSELF = { "x-greentick-background": "1" };

/** Fetches JSON that no cache may keep. @throws {Error} in the reader's words */
export async function fetchJson<Body>(url: string, signal?: AbortSignal, headers?: Record<string, string>): Promise<Body> {
  let response: Response;
  try {
    response = await fetch(url, {
      cache: "no-store",
      ...(signal ? { signal } : {}),
      ...(headers ? { headers } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error("The console cannot be reached. Check your connection.");
  }
  if (!response.ok) {
    const body = (await response.json().catch(() => null)) as {
      error?: { message?: string };
    } | null;
    throw new Error(body?.error?.message ?? "The rows could not be read.");
  }
  return (await response.json()) as Body;
}
