import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type Log, listen } from "@mapperkit/runtime";
import type { PlantBus } from "@mapperkit/sim-plant";

/** A way by which clients reach a bus. */
export interface Door {
  close(): Promise<void>;
}

export interface TcpPlace {
  readonly host: string;
  readonly port: number;
  readonly whenPortTaken: "fail" | "next";
}

/** Opens a bus on TCP. @throws MapperkitError `invalid_input` when it cannot listen there */
export async function openTcpDoor(
  bus: PlantBus,
  { host, port, whenPortTaken }: TcpPlace,
  log: Log,
): Promise<Door & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    serve(bus, socket, log);
  });
  const taken = await listen(server, { host, port, whenTaken: whenPortTaken });
  return {
    port: taken,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function serve(bus: PlantBus, socket: Socket, log: Log): void {
  // Clients come and go, cleanly or not: a device does not mind.
  socket.on("error", () => undefined);
  const client = bus.connected({
    send: (bytes) => {
      // Who asks and never reads must not fill the memory.
      if (!socket.write(bytes)) socket.pause();
    },
    close: () => socket.destroy(),
  });
  if (!client) return;
  socket.on("drain", () => socket.resume());
  socket.on("close", () => client.closed());
  socket.on("data", (bytes: Buffer) => {
    try {
      client.heard(bytes);
    } catch (error) {
      log.debug("client does not speak this protocol", { error });
      socket.destroy();
    }
  });
}
