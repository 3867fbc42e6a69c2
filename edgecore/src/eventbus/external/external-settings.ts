import { z } from "zod";

/** A broker beside the edge, such as mosquitto (mqtt-topics §2.1). */
export const externalSettings = z.strictObject({
  url: z
    .url({ protocol: /^(mqtts?|tcp|ssl)$/, error: "must be mqtt://host:port or mqtts://host:port" })
    .default("mqtt://127.0.0.1:1883"),
  /** Stays the same over restarts: the broker keeps what it could not deliver under this name. */
  clientId: z.string().min(1).optional(),
  username: z.string().min(1).optional(),
  password: z.string().optional(),
  /** PEM: who may have signed the broker's certificate; without it, the public authorities */
  caFile: z.string().min(1).optional(),
  /** PEM: who the edge is, for brokers that ask for a client certificate; both or none */
  certFile: z.string().min(1).optional(),
  keyFile: z.string().min(1).optional(),
});
export type ExternalSettings = z.infer<typeof externalSettings>;
