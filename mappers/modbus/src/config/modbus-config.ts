import { z } from "zod";
import { quirkProfiles } from "./quirk-profiles.ts";

/** Peers that only know text send numbers and booleans as text. */
const number = (least: number, greatest: number) =>
  z.coerce.number().int().min(least).max(greatest);
const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean(),
);
const choice = <const N extends number>(...values: readonly [N, ...N[]]) =>
  z.coerce.number().pipe(z.literal(values));

const SPANS = /^\s*\d+(\s*-\s*\d+)?(\s*,\s*\d+(\s*-\s*\d+)?)*\s*$/;
const profileNames = Object.keys(quirkProfiles) as [string, ...string[]];

const settings = z.strictObject({
  /** Default: `rtu` where there is a serialPort, else `tcp`. */
  transport: z.enum(["tcp", "rtu", "rtu-over-tcp"]).optional(),
  host: z.string().min(1).default("127.0.0.1"),
  port: number(1, 65_535).default(502),
  serialPort: z.string().min(1).optional(),
  baudRate: number(50, 4_000_000).default(9600),
  dataBits: choice(7, 8).default(8),
  parity: z.enum(["none", "even", "odd"]).default("none"),
  stopBits: choice(1, 2).default(1),
  /** The device's number on its bus. */
  unitId: number(0, 255).default(1),
  /** Longest wait for an answer, ms. */
  timeoutMs: number(1, 60_000).default(1000),
  /** RTU: how long after its time-out an answer may still come, ms. */
  lateAnswerMs: number(0, 60_000).default(500),
  /** 1 where the device's manual counts addresses from 1. */
  addressBase: choice(0, 1).default(0),
  /** The name of a known device's limits; the keys below override it. */
  quirks: z.enum(profileNames).optional(),
  maxReadRegisters: number(1, 125).optional(),
  maxReadBits: number(1, 2000).optional(),
  maxGap: number(0, 2000).optional(),
  oneRequestPerItem: flag.optional(),
  /** Addresses that must never be read: `100-119,300`. */
  neverRead: z.string().regex(SPANS, "must be a list such as 100-119,300").optional(),
  /** TCP: requests under way at once. */
  maxInFlight: number(1, 16).default(1),
  pauseBetweenMs: number(0, 10_000).optional(),
  writeWith: z.enum(["auto", "multiple", "readWrite"]).optional(),
  maskWrite: flag.optional(),
});

/** v1alpha2's names, as they come through conversion into configData, beside ours. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  slaveID: "unitId",
  slaveId: "unitId",
  ip: "host",
};
/** What the SDK does by itself: reconnecting and collecting for ever, each property in its cycle. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  ...["reconnTimeout", "reconnRetryTimes", "collectTimeout", "collectRetryTimes", "collectType"],
]);
/** How mappers of that era named the kind of line; free text in v1alpha2. */
const LINE_KEYS: ReadonlySet<string> = new Set(["commType", "communicateMode", "protocolType"]);
const LINES: Readonly<Record<string, string>> = {
  ...{ TCP: "tcp", RTU: "rtu", SERIAL: "rtu", RS485: "rtu", RTUOVERTCP: "rtu-over-tcp" },
};

/** How a device is reached and what it bears. Schema of its `protocol.configData`. */
export const modbusConfig = z
  .preprocess(inOurNames, settings)
  .transform((config) => ({
    ...(config.quirks === undefined ? {} : quirkProfiles[config.quirks]),
    ...withoutUndefined(config),
    transport: config.transport ?? (config.serialPort === undefined ? "tcp" : "rtu"),
  }))
  .superRefine((config, context) => {
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: "custom", path: [key], message, input: config });
    if (config.transport === "rtu" && config.serialPort === undefined) {
      refuse("serialPort", "is missing, must name the port of transport rtu");
    }
    if (config.transport !== "tcp" && (config.unitId === 0 || config.unitId > 247)) {
      refuse("unitId", `is ${config.unitId}, must be 1 to 247 on a serial line`);
    }
  });
export type ModbusConfig = z.output<typeof modbusConfig>;

/** Devices with equal endpoints share a line or a socket. */
export function endpointOf(config: ModbusConfig): string {
  const { transport, host, port, serialPort, baudRate, dataBits, parity, stopBits } = config;
  if (transport !== "rtu") return `${transport}://${host}:${port}`;
  return `rtu://${serialPort} ${baudRate} ${dataBits}${parity[0]?.toUpperCase()}${stopBits}`;
}

function inOurNames(raw: unknown): unknown {
  if (typeof raw !== "object" || raw === null) return raw;
  const entries = Object.entries(raw);
  const isOld = entries.some(([key]) => OLD_NAMES[key] !== undefined || WITHOUT_EFFECT.has(key));
  const renamed = entries.flatMap(([key, value]): [string, unknown][] => {
    if (WITHOUT_EFFECT.has(key)) return [];
    if (LINE_KEYS.has(key)) return lineOf(value);
    const name = OLD_NAMES[key] ?? key;
    // Free values of that era were for other mappers, and say nothing to this one.
    return isOld && !Object.hasOwn(settings.shape, name) ? [] : [[name, value]];
  });
  return Object.fromEntries(renamed);
}

function lineOf(word: unknown): [string, unknown][] {
  const line =
    LINES[
      String(word)
        .toUpperCase()
        .replaceAll(/[^A-Z0-9]/g, "")
    ];
  return line === undefined ? [] : [["transport", line]];
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(parts: T): Present<T> {
  const present = Object.entries(parts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Present<T>;
}
