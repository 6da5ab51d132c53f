/// <reference types="vitest/config" />
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  // The client's source: the page is built from one checkout, with nothing built before it.
  resolve: { alias: { "kmarket-client": fileURLToPath(new URL("../typescript/src/index.ts", import.meta.url)) } },
  // Django serves dist/live as /static/live, and dist/index.html wherever the page is.
  base: "/static/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    assetsDir: "live",
    // Nothing of it is inlined: the page's policy lets nothing run or draw that stands in the page.
    assetsInlineLimit: 0,
    // Every browser that can do what follows can do this.
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  // `npm run dev` beside `make run`.
  server: {
    proxy: {
      "/api": "http://127.0.0.1:8080",
      "/ws": { target: "ws://127.0.0.1:8080", ws: true },
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
