// Follows markets over Socket.IO by the rule of docs/sockets.md, in Node.js and in a browser alike.

const PRICES = ["price:update", "price:batch_update"];

/**
 * Follow these markets, and with `user` what concerns oneself, until sent away for good.
 *
 * `tell` gets an object for whatever happens: {event: "connect" | "refused" | "state" | "update" |
 * "ignored" | "gap" | "told" | "answer" | "disconnect", …}. Returns the socket, and `ask`.
 */
export function follow({ io, url, token, transports, markets = [], user = false, tell }) {
  const last = new Map();
  let epoch;
  const socket = io(url, {
    transports,
    // A function: each connection asks for it anew.
    auth: (done) => done({ token }),
    reconnectionDelay: 100,
    reconnectionDelayMax: 500,
    forceNew: true,
  });

  const want = (marketId) =>
    last.has(marketId) ? { marketId, lastSeq: last.get(marketId), epoch } : { marketId };

  function answered({ ok, marketId, seq, recovered, state, code, ...rest }) {
    if (!ok) return tell({ event: "state", market: marketId, code });
    epoch = rest.epoch;
    // Where updates were missed, they came before this answer.
    if (state) last.set(marketId, seq);
    tell({ event: "state", market: marketId, seq, recovered, type: state?.type });
  }

  function update(name, { marketId: market, seq, from_seq: from = seq, type, payload }) {
    const had = last.get(market);
    if (type === "resync") {
      last.set(market, seq);
      tell({ event: "resync", market, seq });
    } else if (had === undefined || seq <= had) {
      tell({ event: "ignored", market, seq });
    } else if (from <= had + 1) {
      last.set(market, seq);
      tell({ event: "update", name, market, from, seq, home: payload.odds_a });
    } else {
      tell({ event: "gap", market, seq });
      socket.emit("subscribe:market", want(market), answered);
    }
  }

  function begin() {
    const { name } = socket.io.engine.transport;
    tell({ event: "connect", transport: name, recovered: Boolean(socket.recovered) });
    if (markets.length) {
      socket.emit("subscribe:market", markets.map(want), (answer) => answer.markets.forEach(answered));
    }
    if (user) socket.emit("subscribe:user", (answer) => tell({ event: "user", answer }));
  }

  socket.on("connect", begin);
  socket.io.on("open", () => {
    socket.io.engine.on("upgrade", ({ name }) => tell({ event: "upgrade", transport: name }));
  });
  socket.on("connect_error", ({ message, data }) => {
    // What can't be reached yet is tried again by itself.
    if (!socket.active) tell({ event: "refused", message, data });
  });
  socket.on("disconnect", (reason, details) => {
    tell({ event: "disconnect", reason, code: details?.context?.code, active: socket.active });
  });
  socket.onAny((name, body) => {
    if (!PRICES.includes(name)) return tell({ event: "told", name, body });
    (body.updates ?? [body]).forEach((one) => update(name, one));
  });

  const ask = (name, ...args) =>
    socket.emit(name, ...args, (answer) => tell({ event: "answer", name, answer }));
  return { socket, ask };
}
