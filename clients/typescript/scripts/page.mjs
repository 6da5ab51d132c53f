// node page.mjs [URL]: what docs/typescript.md shows, as one program, page/program.ts; with the
// address of a house in place of the page's.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const HEAD = `// From docs/typescript.md, by \`npm run page\`.

declare const ethereum: { request(asked: { method: string; params?: unknown[] }): Promise<any> };

`;
const SHOWN = "http://127.0.0.1:8080";
const [url = SHOWN] = process.argv.slice(2);

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

const page = readFileSync(at("../../../docs/typescript.md"), "utf8");
const blocks = [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, block]) => block);
mkdirSync(at("../page"), { recursive: true });
writeFileSync(at("../page/program.ts"), HEAD + blocks.join("\n").replace(SHOWN, url));
