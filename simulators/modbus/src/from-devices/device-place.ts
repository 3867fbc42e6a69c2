import { MapperkitError } from "@mapperkit/api";
import { z } from "zod";

/** Where a Device says that it is. */
export type DevicePlace = z.output<typeof devicePlace>;

const number = (least: number, greatest: number) =>
  z.coerce.number().int().min(least).max(greatest);
const SERIAL_WORDS = /^(rtu|serial|rs485)$/i;
const THROUGH_TCP = /^rtu[^a-z0-9]?over[^a-z0-9]?tcp$/i;
const MULTI_UNIT = { least: 1, greatest: 247 };

/** Keys of a Device's `protocol.configData`, of both eras; what only concerns a client is left alone. */
const devicePlace = z.preprocess(
  inOneEra,
  z.object({
    transport: z.enum(["tcp", "rtu", "rtu-over-tcp"]),
    host: z.string().min(1).default("127.0.0.1"),
    port: number(1, 65_535).default(502),
    serialPort: z.string().min(1).optional(),
    baudRate: number(50, 4_000_000).default(9600),
    parity: z.enum(["none", "even", "odd"]).default("none"),
    stopBits: z.coerce
      .number()
      .pipe(z.union([z.literal(1), z.literal(2)]))
      .default(1),
    unitId: number(0, 255).default(1),
    addressBase: number(0, 1).default(0),
    maxReadRegisters: number(1, 125).optional(),
    maxReadBits: number(1, 2000).optional(),
  }),
);

/** @throws MapperkitError `invalid_input` whose `details.key` names what is wrong */
export function readDevicePlace(configData: unknown): DevicePlace {
  const { data, error } = devicePlace.safeParse(configData ?? {});
  if (!data) throw faulty(String(error?.issues[0]?.path[0] ?? ""), error?.issues[0]?.message ?? "");
  const { transport, serialPort, host, unitId } = data;
  if (transport === "rtu" && serialPort === undefined) {
    throw faulty("serialPort", "is missing, must name the port of a serial line");
  }
  const isUnit = unitId >= MULTI_UNIT.least && unitId <= MULTI_UNIT.greatest;
  if (transport !== "tcp" && !isUnit) {
    throw faulty("unitId", `is ${unitId}, must be 1 to 247 on a serial line`);
  }
  if (transport !== "rtu" && !isHere(host)) {
    throw faulty("host", `is ${host}, but a simulator only listens on this machine: 127.0.0.1`);
  }
  return data;
}

/** Devices of equal endpoints are units of one bus. */
export function endpointOf({ transport, host, port, serialPort }: DevicePlace): string {
  return transport === "rtu" ? `${serialPort}` : `${host}:${port}`;
}

/** How a bus is served: what all its devices must say alike. */
export function manner({ transport, baudRate, parity, stopBits }: DevicePlace): string {
  if (transport !== "rtu") return transport;
  return `${baudRate} 8${parity[0]?.toUpperCase()}${stopBits}`;
}

function isHere(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d+){3}$/.test(host);
}

function inOneEra(raw: unknown): unknown {
  const given = Object(raw) as Readonly<Record<string, unknown>>;
  const line = given.transport ?? given.commType ?? given.communicateMode ?? given.protocolType;
  const isSerial =
    line === undefined ? given.serialPort !== undefined : SERIAL_WORDS.test(`${line}`);
  return {
    ...given,
    transport: THROUGH_TCP.test(`${line}`) ? "rtu-over-tcp" : isSerial ? "rtu" : "tcp",
    host: given.host ?? given.ip,
    unitId: given.unitId ?? given.slaveID ?? given.slaveId,
  };
}

function faulty(key: string, what: string): MapperkitError {
  return new MapperkitError("invalid_input", `protocol.configData.${key} ${what}`, {
    details: { key },
  });
}
