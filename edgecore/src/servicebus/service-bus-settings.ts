import { z } from "zod";

/** The way between applications of this node and rules in the cloud. */
export const serviceBusSettings = z.strictObject({
  /** Where applications reach the cloud. */
  host: z.enum(["127.0.0.1", "::1", "localhost"]).default("127.0.0.1"),
  port: z.number().int().min(0).max(65_535).default(9060),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
  /** How long an application has for its answer, ms. */
  answerWithinMs: z.number().int().min(1).default(30_000),
  /** Of an application's answer, and of what applications send to the cloud. */
  maxBodyBytes: z
    .number()
    .int()
    .min(1)
    .default(12 * 1024 * 1024),
});
export type ServiceBusSettings = z.infer<typeof serviceBusSettings>;
