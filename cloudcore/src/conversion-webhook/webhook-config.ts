import { z } from "zod";

export const webhookConfig = z.strictObject({
  /** False: v1alpha2 is served only if `url` names a webhook that runs elsewhere. */
  enabled: z.boolean().default(true),
  host: z.string().default("127.0.0.1"),
  port: z.int().min(0).max(65_535).default(10_005),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
  /** Where the API server finds the webhook; default https://{host}:{port}/convert. */
  url: z.url({ protocol: /^https$/ }).optional(),
  /** The same inside a cluster: the Service in front of all replicas. Goes before `url`. */
  service: z
    .strictObject({
      name: z.string().min(1),
      namespace: z.string().min(1),
      port: z.int().min(1).max(65_535).default(443),
    })
    .optional(),
});
export type WebhookConfig = z.infer<typeof webhookConfig>;
