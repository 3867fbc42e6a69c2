import { RealClock, silentLog } from "@mapperkit/runtime";
import type { OverProtocol, ServeOptions, Simulator } from "@mapperkit/sim-plant";
import { openMemoryLineDoor } from "./doors/memory-line-door.ts";
import { openSerialDoor } from "./doors/serial-door.ts";
import type { SerialLine } from "./doors/serial-line.ts";
import type { DeviceQuirks } from "./pdu/device-quirks.ts";
import type { Framing } from "./wire/framing.ts";
import { ModbusWire } from "./wire/modbus-wire.ts";
import { rtuFraming } from "./wire/rtu-framing.ts";
import { tcpFraming } from "./wire/tcp-framing.ts";

export interface OverModbusOptions {
  /** Default: what serve() is told, else `unitId` of its device, else 1. */
  readonly unit?: number;
  readonly quirks?: DeviceQuirks;
}

export interface OverPtyOptions extends OverModbusOptions, Partial<SerialLine> {
  /** Where the port is made, such as `/tmp/bus`. Needs socat. In memory it is a name and no more. */
  readonly path: string;
}

const USUAL_LINE: SerialLine = { baudRate: 9600, parity: "none", stopBits: 1 };

/** Modbus TCP, for `simulator.serve({ over })` and `simulator.over()`; on sockets or in memory. */
export function modbusTcp(options: OverModbusOptions = {}): OverProtocol {
  return { serve: (simulator, served) => serveOver(tcpFraming, simulator, options, served) };
}

/** RTU frames through a TCP socket, as gateways to serial lines pass them; or in memory. */
export function rtuOverTcp(options: OverModbusOptions = {}): OverProtocol {
  return { serve: (simulator, served) => serveOver(rtuFraming, simulator, options, served) };
}

/**
 * Modbus RTU on a serial port that is made, a pty, as slow as its wire would be. Where serve() is
 * told `transports` it is a line in memory, as slow by the plant's clock.
 */
export function modbusRtuPty(options: OverPtyOptions): OverProtocol {
  const line = { ...USUAL_LINE, ...options };
  return {
    serve(simulator, served) {
      const { clock = new RealClock(), log = silentLog, transports } = served;
      const { host = "127.0.0.1", port = 0 } = served;
      const door: ServeOptions["door"] = async (bus) =>
        transports
          ? openMemoryLineDoor(bus, { transports, host, port, line }, { clock, log })
          : await openSerialDoor(bus, { ...line, isMade: true }, { clock, log });
      return serveOver(rtuFraming, simulator, options, { ...served, clock, log, door });
    },
  };
}

function serveOver(
  framing: Framing,
  simulator: Simulator,
  { unit: wanted, quirks }: OverModbusOptions,
  served: Omit<ServeOptions, "over">,
) {
  const said = Number(served.device?.spec?.protocol?.configData?.unitId ?? 1);
  const unit = served.unit ?? wanted ?? said;
  return simulator.serve({
    ...served,
    unit,
    over: served.transports ? "memory" : "tcp",
    wire: () => new ModbusWire(framing, () => quirks ?? {}),
  });
}
