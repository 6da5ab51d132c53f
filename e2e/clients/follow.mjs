// node follow.mjs URL TOKEN MARKET [MARKET ...]: follow markets, a line of JSON for what happens.

import WebSocket from "ws";

import { follow } from "./follower.mjs";

const [url, token, ...markets] = process.argv.slice(2);

follow({
  WebSocket,
  url,
  token,
  markets: markets.map(Number),
  tell: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
});
