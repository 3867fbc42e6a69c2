import { MapperkitError } from "@mapperkit/api";
import { z } from "zod";
import { timingText } from "../doors/line-timing.ts";
import type { LinePlace } from "../serial-line.ts";

const whole = (least: number, greatest: number) => z.coerce.number().int().min(least).max(greatest);
const oneOf = <const N extends number>(...values: readonly [N, ...N[]]) =>
  z.coerce.number().pipe(z.literal(values));

/** Keys of `protocol.configData` that say where a device is. */
const devicePlace = z.object({
  serialPort: z.string("is missing, must name the port").min(1),
  baudRate: whole(50, 4_000_000).default(9600),
  dataBits: oneOf(5, 6, 7, 8).default(8),
  parity: z.enum(["none", "even", "odd"]).default("none"),
  stopBits: oneOf(1, 2).default(1),
});
export type DevicePlace = z.output<typeof devicePlace>;

/** @throws MapperkitError `invalid_input` whose `details.key` names what is wrong */
export function readDevicePlace(configData: unknown): DevicePlace {
  const { data, error } = devicePlace.safeParse(configData ?? {});
  const [issue] = error?.issues ?? [];
  if (!data) throw faulty(String(issue?.path[0] ?? ""), issue?.message ?? "");
  if (data.serialPort.startsWith("usb:")) {
    throw faulty(
      "serialPort",
      `is ${data.serialPort}, but no simulator plugs in USB: name a path or tcp://127.0.0.1:PORT`,
    );
  }
  if (isGateway(data) && !isHere(new URL(data.serialPort).hostname)) {
    throw faulty(
      "serialPort",
      `is ${data.serialPort}, but a simulator only listens on this machine: tcp://127.0.0.1:PORT`,
    );
  }
  return data;
}

export function isGateway({ serialPort }: DevicePlace): boolean {
  return serialPort.startsWith("tcp://");
}

/** How its line is served: what all devices of a line must say alike. */
export function mannerOf(place: DevicePlace): string {
  return isGateway(place) ? "tcp" : timingText(place);
}

export function lineOf(place: DevicePlace, whenPortTaken: "fail" | "next"): LinePlace {
  if (!isGateway(place)) return { ...place, path: place.serialPort };
  const { hostname, port } = new URL(place.serialPort);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port), whenPortTaken };
}

function isHere(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}

function faulty(key: string, what: string): MapperkitError {
  return new MapperkitError("invalid_input", `protocol.configData.${key} ${what}`, {
    details: { key },
  });
}
