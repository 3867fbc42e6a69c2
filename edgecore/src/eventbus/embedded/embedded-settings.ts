import { z } from "zod";
import { mqttUsers } from "./access/user-settings.ts";

/** The keys of `mqtt` that concern the edge's own broker. */
export const embeddedSettings = {
  host: z.string().min(1).default("127.0.0.1"),
  /** 1883 unless told, 1884 beside an external broker; 0 takes a free one. */
  port: z.number().int().min(0).max(65_535).optional(),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
  /** PEM. With them the broker speaks TLS, and nothing else. */
  tls: z.strictObject({ certFile: z.string().min(1), keyFile: z.string().min(1) }).optional(),
  /** Who may connect; without users, everybody who reaches the port, which must be on loopback. */
  users: mqttUsers.optional(),
  /** A JSON file with more of them */
  usersFile: z.string().min(1).optional(),
  /** Lets users of other machines speak without TLS: passwords and values can then be overheard. */
  allowPlain: z.boolean().default(false),
  limits: z
    .strictObject({
      maxConnections: z.number().int().min(1).default(10_000),
      maxPacketBytes: z.number().int().min(1_024).max(268_435_455).default(1_048_576),
      /** What may wait for a client that does not read, before it is cut off */
      maxUnreadBytes: z.number().int().min(65_536).default(4_194_304),
      /** Messages that wait for a session whose client is away */
      maxQueuedMessages: z.number().int().min(1).default(1_000),
      maxRetainedMessages: z.number().int().min(1).default(10_000),
    })
    .prefault({}),
};
const embedded = z.strictObject(embeddedSettings);
export type EmbeddedSettings = z.infer<typeof embedded>;
