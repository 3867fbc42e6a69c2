import type { Exchange } from "../requests/index.ts";
import { sendNotFound } from "./discovery-handler.ts";

/** The release whose behaviour was recorded and is followed. */
const VERSION = {
  major: "1",
  minor: "32",
  gitVersion: "v1.32.13",
  gitCommit: "0000000000000000000000000000000000000000",
  gitTreeState: "clean",
  buildDate: "2026-01-01T00:00:00Z",
  goVersion: "go1.23.0",
  compiler: "gc",
  platform: "linux/amd64",
};

const OPEN = new Set(["healthz", "livez", "readyz", "version"]);

/** Paths that are answered without credentials. */
export function isOpenPath([first]: readonly string[]): boolean {
  return first !== undefined && OPEN.has(first);
}

/** `/version` and the health checks with their single checks. */
export async function handleServerInfo(
  exchange: Exchange,
  [first, check, ...rest]: readonly string[],
): Promise<void> {
  if (first === "version" && check === undefined) return await exchange.send(200, VERSION);
  if (first === "version" || rest.length > 0) return await sendNotFound(exchange);
  const isVerbose = exchange.query.has("verbose");
  const text = isVerbose ? `[+]ping ok\n[+]storage ok\n${first} check passed\n` : "ok";
  await exchange.sendText(200, text, { "Content-Type": "text/plain; charset=utf-8" });
}
