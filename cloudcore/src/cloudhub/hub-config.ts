import { z } from "zod";

export const hubConfig = z.strictObject({
  host: z.string().default("127.0.0.1"),
  port: z.int().min(0).max(65_535).default(10_000),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
  /** Connected nodes; a further one is refused. */
  nodeLimit: z.int().positive().default(10_000),
  /** A longer frame ends the session. */
  maxMessageBytes: z
    .int()
    .positive()
    .default(16 * 1024 * 1024),
});
export type HubConfig = z.infer<typeof hubConfig>;
