// Follows markets with static/console/feed.js and tells what it hears, one JSON array to a line:
// ["state", state] and ["changed", market, seq, home price].
//
// node feed_client.mjs <socket url> <markets> [<token url> <cookies> <csrf token>]
// Without a token url its tokens are token-1, token-2 …

import { Feed, SignedOut } from "../static/console/feed.js";

const [url, markets, tokenUrl, cookie, csrf] = process.argv.slice(2);
let asked = 0;

async function token() {
  asked += 1;
  if (!tokenUrl) {
    return `token-${asked}`;
  }
  const headers = { cookie, "X-CSRFToken": csrf };
  const answer = await fetch(tokenUrl, { method: "POST", headers, redirect: "manual" });
  if (answer.status >= 300 && answer.status < 500) {
    throw new SignedOut();
  }
  return (await answer.json()).token;
}

function tell(...words) {
  console.log(JSON.stringify(words));
}

new Feed({
  url,
  markets: markets.split(","),
  token,
  changed: (market, payload, seq) => tell("changed", market, seq, payload.moneyline?.home ?? null),
  stated: (state) => tell("state", state),
}).start();
