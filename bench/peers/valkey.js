// The connection to Valkey, as REDIS_URL names it: redis://… or unix://PATH?db=0.
import { createClient } from "redis";

export async function connected() {
  const url = process.env.REDIS_URL;
  const client = url.startsWith("unix://")
    ? createClient({ socket: { path: decodeURIComponent(url.slice(7).split("?")[0]) } })
    : createClient({ url });
  await client.connect();
  return client;
}
