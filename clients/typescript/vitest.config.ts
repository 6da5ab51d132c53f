import { fileURLToPath } from "node:url";

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["tests/*.test.ts"], pool: "threads" },
  resolve: {
    // As a front end has it: what was built.
    alias: { "kmarket-client": fileURLToPath(new URL("dist/index.js", import.meta.url)) },
  },
});
