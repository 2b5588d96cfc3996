/** Runs once before the web process takes requests. */
export async function register(): Promise<void> {
  // Set by Next at build time for each bundle, not by the environment; the database needs Node.
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { startWeb } = await import("#lib/web-start.ts");
  await startWeb();
}
