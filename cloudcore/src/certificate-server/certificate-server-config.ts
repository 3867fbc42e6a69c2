import { z } from "zod";

export const certificateServerConfig = z.strictObject({
  host: z.string().default("127.0.0.1"),
  port: z.int().min(0).max(65_535).default(10_002),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
  /** Life of a node's certificate; it is renewed by itself at 70 to 90 % of it. */
  nodeCertificateDays: z.number().positive().max(3_650).default(365),
  /** KubeEdge's token, with which every edge can join under any name, is offered for stock edges. */
  sharedToken: z.boolean().default(false),
});
export type CertificateServerConfig = z.infer<typeof certificateServerConfig>;
