import { z } from "zod";

/** Where a virtual counter listens and what it keeps. */
export const counterConfig = z.object({
  /** For logs, when several run in one process. */
  name: z.string().min(1).optional(),
  host: z.string().min(1).default("127.0.0.1"),
  /** 0 takes any free port. */
  port: z.int().min(0).max(65_535).default(9500),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
  /** Keeps state, count and period over restarts. Without it the counter begins anew. */
  stateFile: z.string().min(1).optional(),
});
export type CounterConfig = z.infer<typeof counterConfig>;
