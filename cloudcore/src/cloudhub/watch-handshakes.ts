import type { IncomingMessage, Server } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Clock, Log } from "@mapperkit/runtime";

/** Scanners knock often; their number stands in the next line. */
const LINE_EVERY_MS = 10_000;
const LEFT =
  "it left before it asked for anything: it does not trust this cloud's certificate, dialled an address that hub.tls.advertise does not name, or one of the clocks is wrong; its own log says which";

/** Says in the cloud's log what else only the log of an edge would say: that it did not like our certificate. */
export function watchHandshakes(server: Server, { clock, log }: { clock: Clock; log: Log }): void {
  /** Where those come from who have not asked for anything yet. */
  const silent = new WeakMap<object, string | undefined>();
  let failures = 0;
  let loggedAt = Number.NEGATIVE_INFINITY;
  const failed = (from: string | undefined, error: unknown) => {
    failures += 1;
    const now = clock.monotonic();
    if (now - loggedAt < LINE_EVERY_MS) return;
    loggedAt = now;
    // Node no longer knows where a socket came from that is gone already.
    log.warn("a TLS handshake failed", { ...(from !== undefined && { from }), error, failures });
  };
  const noteAsked = ({ socket }: IncomingMessage) => void silent.delete(socket);
  // One for all sockets: what each would close over lives as long as its session.
  function leave(this: TLSSocket): void {
    if (silent.has(this)) failed(silent.get(this), LEFT);
  }
  server.on("upgrade", noteAsked);
  server.on("request", noteAsked);
  server.on("secureConnection", (socket: TLSSocket) => {
    silent.set(socket, socket.remoteAddress);
    socket.once("close", leave);
  });
  server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
    failed(socket.remoteAddress, error);
  });
}
