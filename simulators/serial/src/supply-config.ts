import { z } from "zod";

/** Where a simulated laboratory supply is. */
export const supplyConfig = z.object({
  name: z.string().min(1).optional(),
  host: z.string().min(1).default("127.0.0.1"),
  /** Of the TCP-to-serial gateway that it is behind; 0 takes any free port. */
  port: z.int().min(0).max(65_535).default(5025),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
  /** A serial port that is made at this path, in place of the gateway. */
  pty: z
    .object({
      path: z.string().min(1),
      baudRate: z.int().min(50).max(4_000_000).default(9600),
      dataBits: z.union([z.literal(7), z.literal(8)]).default(8),
      parity: z.enum(["none", "even", "odd"]).default("none"),
      stopBits: z.union([z.literal(1), z.literal(2)]).default(1),
    })
    .optional(),
  /** Equal seeds give equal plants. */
  seed: z.union([z.number(), z.string()]).default(0),
});
export type SupplyConfig = z.infer<typeof supplyConfig>;
