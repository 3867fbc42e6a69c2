import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);

/** What `mapperkit up` can be told, from a file, MAPPERKIT_UP_… variables and flags. */
export const upOptions = z.strictObject({
  /** A real cluster in place of the stand-in. */
  kubeconfig: z.string().optional(),
  node: z.string().min(1).default("kube-edge-1"),
  /** Parts that are not started: a mapper of the user's own takes their place. */
  without: z.array(z.enum(["counter", "counter-mapper"])).default([]),
  /** `sensor`, or folders of Devices: their far sides are simulated and their mappers run. */
  with: z.array(z.string().min(1)).default([]),
  /** How the mappers here reach the edge: as on a node, or without a broker between (decision 7). */
  link: z.enum(["mqtt", "in-process"]).default("mqtt"),
  /** Further virtual counters, each with a Device of its own. */
  devices: z.coerce.number().int().min(0).max(1000).default(0),
  ports: z
    .strictObject({
      kubernetes: port.default(6443),
      hub: port.default(10_000),
      webhook: port.default(10_005),
      router: port.default(9443),
      mqtt: port.default(1883),
      monitoring: port.default(10_351),
      counter: port.default(9500),
      sensor: port.default(9600),
    })
    .prefault({}),
});
export type UpOptions = z.infer<typeof upOptions>;
