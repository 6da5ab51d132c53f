// Yardstick: Socket.IO. As ws.js, with a room for each market and one event for each message.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { connected } from "./valkey.js";

const valkey = await connected();
const server = createServer();
const io = new Server(server, { transports: ["websocket"], perMessageDeflate: false });
const heard = new Set();

io.on("connection", (socket) => {
  socket.on("subscribe:market", async (markets, acknowledge) => {
    for (const market of markets) {
      socket.join(`${market}`);
      if (heard.has(market)) continue;
      heard.add(market);
      await valkey.subscribe(`peer:${market}`, (message) => {
        io.to(`${market}`).emit("price:update", JSON.parse(message));
      });
    }
    acknowledge({ ok: true });
  });
});
server.listen(Number(process.env.PORT), "127.0.0.1", 2048);
