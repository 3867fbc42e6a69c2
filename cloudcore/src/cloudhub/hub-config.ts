import { isIP } from "node:net";
import { z } from "zod";
import { certificateServerConfig } from "../certificate-server/index.ts";

/** Mutual TLS for edges, and the server where they get their certificates. */
const tlsConfig = z.strictObject({
  /** Names and IP addresses by which edges dial: the certificate is for these, and for the host. */
  advertise: z.array(z.string().min(1)).min(1),
  certificates: certificateServerConfig.omit({ host: true }).prefault({}),
});

export const hubConfig = z
  .strictObject({
    host: z.string().default("127.0.0.1"),
    port: z.int().min(0).max(65_535).default(10_000),
    whenPortTaken: z.enum(["fail", "next"]).default("fail"),
    /** Connected nodes; a further one is refused. */
    nodeLimit: z.int().positive().default(10_000),
    /** A node that sends more than this is read no faster; a burst of two seconds is free. */
    messagesPerSecond: z.int().positive().default(20_000),
    /** A longer frame ends the session. */
    maxMessageBytes: z
      .int()
      .positive()
      .default(16 * 1024 * 1024),
    /** Absent: plain WebSocket for edges on this machine. */
    tls: tlsConfig.optional(),
  })
  .refine(({ host, tls }) => tls !== undefined || isLoopback(host), {
    path: ["host"],
    message:
      "is not a loopback address, and the hub has no TLS: set hub.tls.advertise to the addresses that edges dial (--advertise)",
  });
export type HubConfig = z.infer<typeof hubConfig>;

function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith("127.");
  return host === "localhost" || host === "::1";
}
