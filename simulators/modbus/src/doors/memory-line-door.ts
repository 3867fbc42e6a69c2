import type { ByteStream, MemoryTransports } from "@mapperkit/runtime";
import type { BusDoor, PlantBus } from "@mapperkit/sim-plant";
import type { LineEnd } from "./line-end.ts";
import { type LineSurroundings, OpenLine } from "./open-line.ts";
import type { SerialLine } from "./serial-line.ts";

export interface MemoryLinePlace {
  readonly transports: MemoryTransports;
  readonly host: string;
  readonly port: number;
  /** How fast bytes go. */
  readonly line: SerialLine;
}

/** A serial line in memory, as slow as a real one by the plant's clock: for tests in virtual time. */
export function openMemoryLineDoor(
  bus: PlantBus,
  { transports, host, port, line }: MemoryLinePlace,
  surroundings: LineSurroundings,
): BusDoor {
  const lines = new Set<OpenLine>();
  const open = () =>
    transports.listen(host, port, (stream) => {
      const onEnd = () => {
        lines.delete(opened);
        opened.close().catch(() => undefined);
      };
      const opened = new OpenLine(bus, line, endOf(stream, onEnd), surroundings);
      lines.add(opened);
    });
  let unlisten = open();
  const closeAll = async () => {
    unlisten();
    const open = [...lines];
    lines.clear();
    await Promise.all(open.map((one) => one.close()));
  };
  const door: BusDoor = {
    ...{ host, port, address: `memory://${host}:${port}` },
    hasConnections: false,
    refuse() {
      closeAll().catch(() => undefined);
      return () => {
        unlisten = open();
      };
    },
    close: closeAll,
  };
  bus.attach(door);
  return door;
}

function endOf(stream: ByteStream, onEnd: () => void): LineEnd {
  return {
    onData(heard) {
      const listen = async () => {
        for await (const bytes of stream.read()) heard(bytes);
      };
      listen().then(onEnd, onEnd);
    },
    write: (bytes) => void stream.write(bytes).catch(() => undefined),
    close: () => stream.close(),
  };
}
