import { z } from "zod";

/** Configuration of the Kubernetes stand-in. */
export const kubernetesConfig = z.strictObject({
  /** Holds the database and the keys; made when absent. */
  dataDir: z.string().min(1),
  /** Keep objects only as long as the process lives; dataDir then holds nothing but the keys. */
  memory: z.boolean().default(false),
  host: z.string().default("127.0.0.1"),
  /** 0: any free one */
  port: z.number().int().min(0).max(65535).default(6443),
  whenPortTaken: z.enum(["fail", "next"]).default("fail"),
  /** Default: `kubeconfig` in dataDir. */
  kubeconfigFile: z.string().min(1).optional(),
});

export type KubernetesConfig = z.infer<typeof kubernetesConfig>;
