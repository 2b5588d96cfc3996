import { registerHooks } from "node:module";

// Preloaded into the worker. drizzle-orm's package.json names every one of its files, 180 KB that Node reads anew for each of a hundred
// modules: half of a worker's start. Its modules name each other by relative paths with their endings, so nothing has to be looked up.
const INSIDE = "/node_modules/drizzle-orm/";
const NAMED = /^drizzle-orm(?:\/(pg-core|node-postgres))?$/;
const known = new Map();

registerHooks({
  resolve(specifier, context, next) {
    const from = context.parentURL;
    if (from?.includes(INSIDE) && specifier.startsWith(".") && specifier.endsWith(".js")) {
      return { url: new URL(specifier, from).href, format: "module", shortCircuit: true };
    }
    if (!NAMED.test(specifier)) return next(specifier, context);
    const found = known.get(specifier) ?? next(specifier, context);
    known.set(specifier, found);
    return found.url.endsWith(".js") ? { url: found.url, format: "module", shortCircuit: true } : found;
  },
});
