// node generate.mjs [--check]: the types of docs/openapi.json and docs/asyncapi.json, as
// src/generated/*.ts; with --check they are compared with what is there, and 1 means: differs.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import openapiTS, { astToString } from "openapi-typescript";

const DOCUMENTS = { openapi: "api.ts", asyncapi: "messages.ts" };
const HEAD = (name) => `// From docs/${name}.json, by \`npm run generate\`.\n\n`;
const checks = process.argv.includes("--check");

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** AsyncAPI's schemas are JSON Schema, as OpenAPI's are: an API of no paths has the same types. */
function asOpenApi({ info, components: { schemas } }) {
  return { openapi: "3.1.0", info, paths: {}, components: { schemas } };
}

/** Examples stand in the documents; here they would be half of the text. */
const withoutExamples = (text) =>
  JSON.parse(text, (key, value) => (key === "example" || key === "examples" ? undefined : value));

for (const [name, file] of Object.entries(DOCUMENTS)) {
  const read = withoutExamples(readFileSync(at(`../../../docs/${name}.json`), "utf8"));
  const document = "openapi" in read ? read : asOpenApi(read);
  // What has a default may be left out of a query.
  const types = await openapiTS(document, { defaultNonNullable: false });
  const text = HEAD(name) + astToString(types);
  const path = at(`../src/generated/${file}`);
  if (!checks) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    console.error(`${path} is not what docs/${name}.json says: run \`make schema\`.`);
    process.exitCode = 1;
  }
}
