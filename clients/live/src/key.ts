// The demo's throw-away key: made in the page, kept in the browser, and good for play money alone.

import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Signer } from "kmarket-client";
import { kept } from "./kept";

const stored = kept<string>("throw-away-key");

/** Return what signs with the key, which is made where there is none. */
export function throwAwaySigner(): Signer {
  const known = stored.read();
  const key = known ? hexToBytes(known) : secp256k1.utils.randomSecretKey();
  if (!known) stored.write(bytesToHex(key));
  return { address: addressOf(key), sign: (text) => signed(text, key) };
}

/** Forget it; what it has is lost. */
export function forget(): void {
  stored.write(null);
}

/** The last 20 bytes of the hashed public key, with its EIP-55 checksum. */
function addressOf(key: Uint8Array): string {
  const point = secp256k1.getPublicKey(key, false).slice(1);
  const digits = bytesToHex(keccak_256(point).slice(-20));
  const hash = bytesToHex(keccak_256(utf8ToBytes(digits)));
  const cased = [...digits].map((digit, at) => (parseInt(hash[at] ?? "0", 16) > 7 ? digit.toUpperCase() : digit));
  return `0x${cased.join("")}`;
}

/** Sign a text as `personal_sign` does (EIP-191): r, s, and 27 or 28. */
function signed(text: string, key: Uint8Array): string {
  const bytes = utf8ToBytes(text);
  const hash = keccak_256(concatBytes(utf8ToBytes(`\x19Ethereum Signed Message:\n${bytes.length}`), bytes));
  const [recovery = 0, ...rest] = secp256k1.sign(hash, key, { prehash: false, format: "recovered" });
  return `0x${bytesToHex(Uint8Array.from(rest))}${(27 + recovery).toString(16)}`;
}
