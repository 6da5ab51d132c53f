// node sio_follow.mjs URL WISHES: follow as WISHES say (JSON), a line of JSON for what happens. Each
// line of standard input is an event to send, ["name", …]; or "break": the connection breaks.

import { createInterface } from "node:readline";

import { io } from "socket.io-client";

import { follow } from "./sio_follower.mjs";

const [url, wishes] = process.argv.slice(2);

const { socket, ask } = follow({
  io,
  url,
  ...JSON.parse(wishes),
  tell: (event) => {
    process.stdout.write(`${JSON.stringify(event)}\n`);
    // Nothing follows.
    if (event.event === "refused" || event.active === false) process.exit(0);
  },
});

createInterface({ input: process.stdin }).on("line", (line) => {
  const said = JSON.parse(line);
  if (said === "break") socket.io.engine.close();
  else ask(...said);
});
