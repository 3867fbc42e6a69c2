import type { ByteStream, MemoryTransports } from "@mapperkit/runtime";
import type { BusDoor } from "./bus-door.ts";
import type { PlantBus } from "./plant-bus.ts";

/** Opens a bus in memory. @throws MapperkitError `conflict` when somebody listens there */
export function openMemoryDoor(
  bus: PlantBus,
  place: { transports: MemoryTransports; host: string; port: number },
): BusDoor {
  const { transports, host, port } = place;
  const streams = new Set<ByteStream>();
  const open = () =>
    transports.listen(host, port, (stream) => {
      streams.add(stream);
      serveStream(bus, stream)
        .catch(() => undefined)
        .finally(() => streams.delete(stream))
        .catch(() => undefined);
    });
  let unlisten = open();
  const hangUp = () => Promise.all([...streams].map((stream) => stream.close()));
  const door: BusDoor = {
    ...{ host, port, address: `memory://${host}:${port}` },
    hasConnections: true,
    refuse() {
      unlisten();
      hangUp().catch(() => undefined);
      return () => {
        unlisten = open();
      };
    },
    async close() {
      unlisten();
      await hangUp();
    },
  };
  bus.attach(door);
  return door;
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
