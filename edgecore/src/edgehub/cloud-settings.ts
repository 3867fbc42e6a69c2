import { isIP } from "node:net";
import { z } from "zod";

const CERTIFICATE_PORT = 10_002;

/** Where the cloud is, and what the node joined it with. */
export const cloudSettings = z
  .strictObject({
    url: z.url({ protocol: /^wss?$/ }).default("ws://127.0.0.1:10000"),
    /** Files that `mapperkit join` writes; all three for `wss`. */
    ca: z.string().min(1).optional(),
    certificate: z.string().min(1).optional(),
    key: z.string().min(1).optional(),
    /** Where the certificate is renewed; default: port 10002 of the cloud's host. */
    certificateUrl: z.url({ protocol: /^https$/ }).optional(),
  })
  .refine(({ url }) => url.startsWith("wss:") || isLoopback(new URL(url).hostname), {
    path: ["url"],
    message:
      "is plain WebSocket to another machine, which anybody could read: join the cloud with `mapperkit join`, which writes a wss:// URL and certificates",
  })
  .refine(({ url, ca, certificate, key }) => url.startsWith("ws:") || (ca && certificate && key), {
    path: ["url"],
    message:
      "is wss, which needs cloud.ca, cloud.certificate and cloud.key: `mapperkit join` writes them",
  });
export type CloudSettings = z.infer<typeof cloudSettings>;

export function certificateUrlOf({ url, certificateUrl }: CloudSettings): string {
  if (certificateUrl !== undefined) return certificateUrl;
  return `https://${new URL(url).hostname}:${CERTIFICATE_PORT}`;
}

function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith("127.");
  return host === "localhost" || host === "[::1]";
}
