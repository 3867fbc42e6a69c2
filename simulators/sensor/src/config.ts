import { z } from "zod";

/** Where a virtual sensor listens and what kind of room it hangs in. */
export const sensorConfig = z.object({
  /** What it answers to `ID?`, and its name in logs. */
  id: z
    .string()
    .regex(/^[\w.-]{1,64}$/, "expected 1 to 64 letters, digits, dots, dashes or underscores")
    .optional(),
  host: z.string().min(1).default("127.0.0.1"),
  /** 0 takes any free port. */
  port: z.int().min(0).max(65_535).default(9600),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
  /** Time between two measurements; between them the reading stays the same. */
  intervalMs: z.int().min(10).max(3_600_000).optional(),
  /** Mean of the day. */
  temperatureCel: z.number().min(-40).max(85).optional(),
  /** Mean of the day, % relative humidity. */
  humidityPercent: z.number().min(0).max(100).optional(),
});
export type SensorConfig = z.infer<typeof sensorConfig>;
