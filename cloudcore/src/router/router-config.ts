import { isIP } from "node:net";
import { z } from "zod";

/** Where programs of the users' own reach the edge through rules. */
export const routerConfig = z
  .strictObject({
    enabled: z.boolean().default(true),
    host: z.string().min(1).default("127.0.0.1"),
    port: z.int().min(0).max(65_535).default(9443),
    whenPortTaken: z.enum(["fail", "next"]).default("fail"),
    /** PEM files. Absent: plain HTTP, for programs on this machine. */
    tls: z.strictObject({ certificate: z.string().min(1), key: z.string().min(1) }).optional(),
    /** Who may ask: `off` is everybody who reaches the port; `kubernetes` asks for a TokenReview. */
    authentication: z.enum(["off", "kubernetes"]).default("off"),
    /** Of a request and of an answer. */
    maxBodyBytes: z
      .int()
      .positive()
      .default(11 * 1024 * 1024),
    /** How long an application at the edge has for its answer, ms. */
    answerWithinMs: z.int().positive().default(60_000),
  })
  .refine(
    ({ host, tls, authentication }) => isLoopback(host) || (tls && authentication !== "off"),
    {
      path: ["host"],
      message:
        "is not a loopback address: set router.tls and router.authentication, so that not everybody may ask",
    },
  );
export type RouterConfig = z.output<typeof routerConfig>;

function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith("127.");
  return host === "localhost" || host === "::1";
}
