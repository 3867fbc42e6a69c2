import { z } from "zod";
import { checkSpeech, speechKeys, wholeNumber } from "./speech-keys.ts";

const choice = <const N extends number>(...values: readonly [N, ...N[]]) =>
  z.coerce.number().pipe(z.literal(values, `must be one of ${values.join(", ")}`));

const PLACES =
  /^(tcp:\/\/[^\s/:]+:\d{1,5}|tcp:\/\/\[[0-9a-f:]+\]:\d{1,5}|usb:[0-9a-f]{4}:[0-9a-f]{4}(:.+)?|\/.+|[A-Z]+\d+)$/i;

export const portKeys = {
  /**
   * `/dev/ttyUSB0`, `/dev/serial/by-id/…`, an adapter by its USB numbers (`usb:0403:6001`, with
   * `:SERIAL` where there are two of them), or a gateway that passes bytes (`tcp://host:port`).
   */
  serialPort: z
    .string("is missing, must name the port")
    .regex(PLACES, "must be a path such as /dev/ttyUSB0, usb:VID:PID[:SERIAL] or tcp://host:port"),
  baudRate: wholeNumber(50, 4_000_000).default(9600),
  dataBits: choice(5, 6, 7, 8).default(8),
  parity: z.enum(["none", "even", "odd"], "must be none, even or odd").default("none"),
  stopBits: choice(1, 2).default(1),
  flowControl: z
    .enum(["none", "rtscts", "xonxoff"], "must be none, rtscts or xonxoff")
    .default("none"),
} as const;

/** Schema of a device's `protocol.configData`: its port, and how it speaks. */
export const serialConfig = z
  .object({ ...portKeys, ...speechKeys })
  .superRefine((config, context) => {
    checkSpeech(config, (key, message) =>
      context.addIssue({ code: "custom", path: [key], message, input: config }),
    );
  });
export type SerialConfig = z.output<typeof serialConfig>;

/** Devices with equal endpoints share a line. */
export function endpointOf(config: SerialConfig): string {
  const { serialPort, baudRate, dataBits, parity, stopBits } = config;
  if (serialPort.startsWith("tcp://")) return serialPort;
  return `${serialPort} ${baudRate} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;
}
