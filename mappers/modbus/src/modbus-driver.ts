import type { DeviceAnnouncement } from "@mapperkit/api";
import type { BlockMapper } from "@mapperkit/sdk";
import type { BusBook } from "./bus-book.ts";
import { openLink } from "./client/open-link.ts";
import { type OpenPort, openSerial } from "./client/serial-stream.ts";
import { limitsOf } from "./config/device-limits.ts";
import { endpointOf, type ModbusConfig, modbusConfig } from "./config/modbus-config.ts";
import { addressOf, type ModbusVisitor, modbusVisitor } from "./config/modbus-visitor.ts";
import { translateAnnouncement } from "./eras/in-our-names.ts";
import { ModbusSession } from "./modbus-session.ts";

/** Longer than any timeoutMs with the time that a slow line needs, and a late answer. */
const OPERATION_MS = 130_000;

/**
 * Modbus as the SDK works it: places, limits, and blocks of bytes.
 * @param openPort what opens serial ports
 */
export function modbusDriver(
  book: BusBook,
  openPort: OpenPort = openSerial,
): BlockMapper<ModbusConfig, ModbusVisitor, ModbusSession> {
  return {
    protocol: "modbus",
    config: modbusConfig,
    visitor: modbusVisitor,
    verify: "readback",
    normalise(announcement, defaults) {
      noteDevice(book, announcement, defaults);
      return translateAnnouncement(announcement);
    },
    timeoutMs: OPERATION_MS,
    endpoint: endpointOf,
    address: (visitor, _type, config) => addressOf(visitor, config),
    limits: limitsOf,
    async connect({ config, clock, transports, signal }) {
      const { late, units: configs } = book.line(config);
      const link = await openLink(config, { clock, transports, late, signal, openPort });
      return new ModbusSession({ link, config, configs });
    },
    close: (session) => session.close(),
    readBlock: (session, block, signal) => session.read(block, signal),
    writeBlock: (session, block, signal) => session.write(block, signal),
  };
}

/** The units of a line bear different things, though they share its session. */
function noteDevice(
  book: BusBook,
  { device }: DeviceAnnouncement,
  defaults: Readonly<Record<string, unknown>>,
): void {
  const { data } = modbusConfig.safeParse({ ...defaults, ...device.spec?.protocol?.configData });
  if (data) book.note(data);
}
