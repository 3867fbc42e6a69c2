import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type ByteStream, listen, type MemoryTransports } from "@mapperkit/runtime";
import type { PlantBus } from "./plant-bus.ts";

/** A way by which clients reach a bus. */
export interface BusDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** Opens a bus in memory. @throws MapperkitError `conflict` when somebody listens there */
export function openMemoryDoor(
  bus: PlantBus,
  place: { transports: MemoryTransports; host: string; port: number },
): BusDoor {
  const { transports, host, port } = place;
  const streams = new Set<ByteStream>();
  const unlisten = transports.listen(host, port, (stream) => {
    streams.add(stream);
    serveStream(bus, stream)
      .catch(() => undefined)
      .finally(() => streams.delete(stream))
      .catch(() => undefined);
  });
  return {
    port,
    async close() {
      unlisten();
      await Promise.all([...streams].map((stream) => stream.close()));
    },
  };
}

async function serveStream(bus: PlantBus, stream: ByteStream): Promise<void> {
  const connection = {
    send: (bytes: Uint8Array) => void stream.write(bytes).catch(() => undefined),
    close: () => void stream.close().catch(() => undefined),
  };
  const client = bus.connected(connection);
  if (!client) return;
  try {
    for await (const bytes of stream.read()) client.heard(bytes);
  } finally {
    client.closed();
    await stream.close();
  }
}

/** Opens a bus on TCP. @throws MapperkitError `invalid_input` when it cannot listen there */
export async function openTcpDoor(
  bus: PlantBus,
  place: { host: string; port: number },
): Promise<BusDoor> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    // Clients come and go, cleanly or not: a device does not mind.
    socket.on("error", () => undefined);
    const connection = { send: send(socket), close: () => socket.destroy() };
    const client = bus.connected(connection);
    socket.on("data", (bytes: Buffer) => client?.heard(bytes));
    socket.on("drain", () => socket.resume());
    socket.on("close", () => {
      sockets.delete(socket);
      client?.closed();
    });
  });
  const port = await listen(server, { ...place, whenTaken: "fail" });
  return {
    port,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A client that asks and never reads must not fill the memory. */
function send(socket: Socket): (bytes: Uint8Array) => void {
  return (bytes) => {
    if (!socket.write(bytes)) socket.pause();
  };
}
