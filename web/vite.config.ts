// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from "vite";

// The page is served from its own origin under a policy that allows nothing else, so everything is
// bundled. What is built from the same sources is equal byte for byte, which CI checks.
export default defineConfig({
  base: "./",
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    reportCompressedSize: false,
  },
  server: { proxy: { "/v1": { target: process.env.EVERTURN_URL ?? "http://127.0.0.1:7717" } } },
});
