// Follows markets by the rule of docs/odds-feed.md, in Node.js and in a browser alike.

const RETRY_MS = 200;
// Of those that ask to mend something first, the one that means: come back.
const TOO_SLOW = 4408;

/**
 * Follow these markets until a close says that it's of no use to come back.
 *
 * `tell` gets an object for whatever happens: {event: "open" | "ack" | "snapshot" | "resync" |
 * "update" | "ignored" | "gap" | "bye" | "error" | "close", …}.
 */
export function follow({ WebSocket, url, token, markets, tell }) {
  const last = new Map();
  const resuming = new Set();
  let epoch;
  let retryIn = RETRY_MS;
  let socket;

  const say = (message) => socket.send(JSON.stringify(message));
  const resume = (ids) => {
    ids.forEach((id) => resuming.add(id));
    say({ type: "resume", offsets: Object.fromEntries(ids.map((id) => [id, last.get(id)])), epoch });
  };

  function replace(message) {
    last.set(message.marketId, message.seq);
    epoch = message.epoch;
    tell({ event: message.type, market: message.marketId, seq: message.seq });
  }

  function update({ marketId: market, seq, from_seq: from = seq, payload }) {
    const had = last.get(market);
    if (seq <= had) {
      tell({ event: "ignored", market, seq });
    } else if (from <= had + 1) {
      last.set(market, seq);
      tell({ event: "update", market, from, seq, home: payload.odds_a });
    } else if (!resuming.has(market)) {
      tell({ event: "gap", market, seq });
      resume([market]);
    }
  }

  function hear(message) {
    switch (message.type) {
      case "snapshot":
      case "resync":
        return replace(message);
      case "odds_update":
        return update(message);
      case "ack":
        Object.keys(message.resumed ?? {}).forEach((id) => resuming.delete(Number(id)));
        return tell({ event: "ack", subscribed: message.subscribed, rejected: message.rejected });
      case "bye":
        retryIn = message.retryIn;
        return tell({ event: "bye" });
      case "error":
        return tell({ event: "error", code: message.code, message: message.message });
    }
  }

  function begin() {
    tell({ event: "open", protocol: socket.protocol });
    resuming.clear();
    const known = markets.filter((id) => last.has(id));
    const unknown = markets.filter((id) => !last.has(id));
    if (known.length) resume(known);
    if (unknown.length) say({ type: "subscribe", markets: unknown });
  }

  function end({ code, reason }) {
    tell({ event: "close", code, reason });
    if (code >= 4400 && code < 4450 && code !== TOO_SLOW) return;
    setTimeout(connect, retryIn);
    retryIn = RETRY_MS;
  }

  function connect() {
    // As a subprotocol the token stays out of addresses, and so out of logs.
    socket = new WebSocket(url, ["kmarket.v1", `bearer.${token}`]);
    socket.onopen = begin;
    socket.onmessage = ({ data }) => [JSON.parse(data)].flat().forEach(hear);
    // A close follows each error, and says more.
    socket.onerror = () => {};
    socket.onclose = end;
  }

  connect();
}
