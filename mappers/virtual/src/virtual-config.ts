import { join } from "node:path";
import { z } from "zod";

const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean("must be true or false"),
);

/** Schema of a virtual device's `protocol.configData`. */
export const virtualConfig = z.object({
  /** Equal seeds give devices of equal behaviour. Default: the device's own name. */
  seed: z.union([z.string(), z.number()], "must be text or a number").transform(String).optional(),
  /** Seconds that pass in the device in one second outside. Default 1. */
  speed: z.coerce
    .number("must be a number of 0 to 1000")
    .min(0, "must be a number of 0 to 1000")
    .max(1000, "must be a number of 0 to 1000")
    .default(1),
  /** Whether its values outlive a restart of the mapper, in a file of stateFolder. */
  retain: flag.default(false),
  /** Default: `virtual` in MAPPERKIT_DATA or `.mapperkit`. */
  stateFolder: z
    .string("must be a folder")
    .min(1, "must be a folder")
    .default(() => join(process.env.MAPPERKIT_DATA ?? ".mapperkit", "virtual")),
  /** Which device and which model it is; put in by the mapper. */
  identity: z.string().default(""),
});
export type VirtualConfig = z.output<typeof virtualConfig>;
