import type { BusDoor, PlantBus } from "@mapperkit/sim-plant";
import { makePort } from "./made-port.ts";
import { type LineSurroundings, OpenLine } from "./open-line.ts";
import { openPort } from "./open-port.ts";
import type { SerialLine } from "./serial-line.ts";

export interface SerialPlace extends SerialLine {
  /** A serial port or the end of a pty pair. */
  readonly path: string;
  /** The port at `path` is made, a pty whose other end is ours. Needs socat. */
  readonly isMade?: boolean;
}

/**
 * Opens a bus on a serial port. Bytes take the time that the wire would need, also on a pty, which
 * knows no baud.
 * @throws MapperkitError `invalid_input` naming the port and what is wrong with it
 */
export async function openSerialDoor(
  bus: PlantBus,
  place: SerialPlace,
  surroundings: LineSurroundings,
): Promise<BusDoor> {
  const open = async () => {
    const { path, isMade } = place;
    const end = isMade ? await makePort(path) : await openPort(path, place, surroundings.log);
    return new OpenLine(bus, place, end, surroundings);
  };
  let line: OpenLine | undefined = await open();
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => {
    turn = turn.then(work).catch((error: unknown) => {
      surroundings.log.error("simulated line failed", { path: place.path, error });
    });
  };
  const close = () =>
    inTurn(async () => {
      await line?.close();
      line = undefined;
    });
  const unplug = () => {
    close();
    return () =>
      inTurn(async () => {
        line = await open();
      });
  };
  const door: BusDoor = {
    ...{ port: 0, address: place.path },
    hasConnections: false,
    // Only who made the port can unplug it.
    ...(place.isMade && { refuse: unplug }),
    async close() {
      close();
      await turn;
    },
  };
  bus.attach(door);
  return door;
}
