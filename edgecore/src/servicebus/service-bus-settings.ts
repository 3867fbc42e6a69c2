import { z } from "zod";

/** The way from rules in the cloud to applications of this node. */
export const serviceBusSettings = z.strictObject({
  /** How long an application has for its answer, ms. */
  answerWithinMs: z.number().int().min(1).default(30_000),
  /** Of an application's answer. It travels in one frame, in base64, and a frame has 16 MiB at most. */
  maxBodyBytes: z
    .number()
    .int()
    .min(1)
    .default(11 * 1024 * 1024),
});
export type ServiceBusSettings = z.infer<typeof serviceBusSettings>;
