// Preloaded into every child of `npm start`: when that is killed outright, its children drain and end instead of running on unseen.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
