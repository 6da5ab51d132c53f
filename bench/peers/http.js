// Yardstick: Node's own HTTP server, which answers each request with what Valkey holds under the
// key that the path names.
import { createServer } from "node:http";
import { connected } from "./valkey.js";

const valkey = await connected();

createServer(async (request, response) => {
  const found = await valkey.get(decodeURIComponent(request.url.slice(1)));
  response.setHeader("Content-Type", "application/json");
  response.end(found);
}).listen(Number(process.env.PORT), "127.0.0.1", 2048);
