import { z } from "zod";
import { type CatalogueDevice, catalogueDevices } from "./devices/catalogue.ts";

const rtuLine = z.object({
  /** A serial port, or the end of a pty pair. */
  path: z.string().min(1),
  baudRate: z.int().min(50).max(4_000_000).default(9600),
  parity: z.enum(["none", "even", "odd"]).default("none"),
  stopBits: z.union([z.literal(1), z.literal(2)]).default(1),
});

/** Where a simulated Modbus bus is, and which devices are on it. */
export const modbusConfig = z.object({
  /** For logs, when several run in one process. */
  name: z.string().min(1).optional(),
  host: z.string().min(1).default("127.0.0.1"),
  /** 0 takes any free port. */
  port: z.int().min(0).max(65_535).default(1502),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
  /** What goes over TCP: Modbus TCP, or RTU frames as a gateway to a serial line passes them. */
  framing: z.enum(["tcp", "rtu"]).default("tcp"),
  /** A serial line in place of TCP. */
  rtu: rtuLine.optional(),
  units: z
    .array(
      z.object({
        unit: z.int().min(1).max(247),
        device: z.enum(catalogueDevices as [CatalogueDevice]),
      }),
    )
    .min(1)
    .refine(areApart, "must name each unit once")
    .default([
      { unit: 1, device: "oven" },
      { unit: 2, device: "meter" },
    ]),
  /** Equal seeds give equal plants. */
  seed: z.union([z.number(), z.string()]).default(0),
});
export type ModbusConfig = z.infer<typeof modbusConfig>;

function areApart(units: readonly { readonly unit: number }[]): boolean {
  return new Set(units.map(({ unit }) => unit)).size === units.length;
}
