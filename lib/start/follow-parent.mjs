// Preloaded into every child of `npm start`: when that is killed outright, its children drain and end instead of running on unseen.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);
// `next dev` forks its server with the same flags; that one hears its orders over the channel, and follows Next itself.
if (!process.argv[1]?.endsWith("start-server.js")) {
  process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel?.unref();
}
