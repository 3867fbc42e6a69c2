import { z } from "zod";
import { securityConfig } from "./server/security.ts";

/** Where a simulated OPC UA server is, and who may come in. */
export const opcuaSimConfig = z.object({
  /** For logs, when several run in one process. */
  name: z.string().min(1).optional(),
  host: z.string().min(1).default("127.0.0.1"),
  /** 0 takes any free port. */
  port: z.int().min(0).max(65_535).default(4840),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
  security: securityConfig.prefault({}),
  /** Equal seeds give equal plants. */
  seed: z.union([z.number(), z.string()]).default(0),
});
export type OpcuaSimConfig = z.output<typeof opcuaSimConfig>;
