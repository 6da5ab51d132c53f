// Compiles the contracts of this folder: `npm run build`, or `npm run build -- FOLDER` to write the
// artifacts elsewhere. The same sources give the same bytes on every machine.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const HERE = dirname(fileURLToPath(import.meta.url));
const LIBRARIES = join(HERE, "node_modules");
const SETTINGS = {
  optimizer: { enabled: true, runs: 1000 },
  viaIR: true,
  // Transient storage for the reentrancy guard, and nothing that is newer: every large chain has it.
  evmVersion: "cancun",
  // Paths and comments don't change the bytecode.
  metadata: { bytecodeHash: "none", appendCBOR: false },
};

const used = new Map();

function source(name) {
  const path = name.startsWith("@") ? join(LIBRARIES, name) : join(HERE, name);
  const content = readFileSync(path, "utf8");
  used.set(name, createHash("sha256").update(content).digest("hex"));
  return content;
}

function compile(names) {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(names.map((name) => [name, { content: source(name) }])),
    settings: {
      ...SETTINGS,
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
    },
  };
  const find = (name) => ({ contents: source(name) });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: find }));
  // A warning in our own sources is an error; the libraries' are theirs.
  const complaints = (output.errors ?? []).filter(
    ({ severity, sourceLocation }) => severity === "error" || !sourceLocation?.file.startsWith("@"),
  );
  for (const { formattedMessage } of complaints) console.error(formattedMessage);
  if (complaints.length > 0) process.exit(1);
  return output.contracts;
}

const names = ["", "tokens/", "wallets/"].flatMap((folder) =>
  readdirSync(join(HERE, folder))
    .filter((file) => file.endsWith(".sol"))
    .map((file) => folder + file),
);
const compiled = compile(names);
const sources = Object.fromEntries([...used].sort(([a], [b]) => (a < b ? -1 : 1)));
const sourceHash = createHash("sha256").update(JSON.stringify(sources)).digest("hex");
const folder = process.argv[2] ?? join(HERE, "artifacts");
mkdirSync(folder, { recursive: true });

for (const name of names) {
  for (const [contract, { abi, evm }] of Object.entries(compiled[name])) {
    // Interfaces and internal libraries have nothing to deploy.
    if (evm.bytecode.object.length <= 200) continue;
    const artifact = {
      contract,
      source: name,
      compiler: { version: solc.version(), settings: SETTINGS },
      sources,
      sourceHash,
      abi,
      bytecode: "0x" + evm.bytecode.object,
      deployedBytecode: "0x" + evm.deployedBytecode.object,
    };
    writeFileSync(join(folder, `${contract}.json`), JSON.stringify(artifact, null, 1) + "\n");
    console.log(`${contract}: ${evm.deployedBytecode.object.length / 2} bytes`);
  }
}
