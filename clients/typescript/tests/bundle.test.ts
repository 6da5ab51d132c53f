// What a bundler leaves of the package.

import { fileURLToPath } from "node:url";

import { build } from "vite";
import { expect, test } from "vitest";

const INDEX = fileURLToPath(new URL("../src/index.ts", import.meta.url));

/** Return what is left of the package for a program that uses one name of it. */
async function bundled(name: string): Promise<string> {
  const entry = "\0program";
  const code = `import { ${name} } from ${JSON.stringify(INDEX)}; console.log(${name});`;
  const program = {
    name: "program",
    resolveId: (id: string) => (id === "program" ? entry : null),
    load: (id: string) => (id === entry ? code : null),
  };
  const built = await build({
    configFile: false,
    logLevel: "error",
    plugins: [program],
    build: { write: false, minify: false, rollupOptions: { input: "program" } },
  });
  const [output] = [built].flat();
  if (!output || !("output" in output)) throw new Error("Nothing was built.");
  return output.output.map((chunk) => ("code" in chunk ? chunk.code : "")).join("");
}

test("only what is used of it stays", async () => {
  const [guest, live] = [await bundled("guestSession"), await bundled("LiveOdds")];
  expect(guest).toContain("/api/v1/session");
  expect(guest).not.toMatch(/WebSocket|class |verify-sig/);
  expect(live).toContain("WebSocket");
  expect(live).not.toMatch(/verify-sig|api\/v1\/session/);
});
