// Yardstick: the `ws` package. A client names markets; each gets every message of its markets,
// which come over Valkey's publish/subscribe, one channel a market, and are sent on as they are.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { connected } from "./valkey.js";

const valkey = await connected();
const listeners = new Map();

async function follow(market, socket) {
  if (!listeners.has(market)) {
    const sockets = new Set();
    listeners.set(market, sockets);
    await valkey.subscribe(`peer:${market}`, (message) => {
      for (const one of sockets) one.send(message);
    });
  }
  listeners.get(market).add(socket);
}

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket) => {
  socket.on("message", async (data) => {
    const { markets } = JSON.parse(data);
    for (const market of markets) await follow(market, socket);
    socket.send('{"type":"ack"}');
  });
  socket.on("close", () => {
    for (const followers of listeners.values()) followers.delete(socket);
  });
});
server.listen(Number(process.env.PORT), "127.0.0.1", 2048);
