import { request as secureRequest } from "node:https";
import { type Clock, nodeHttp } from "@mapperkit/runtime";
import { checkHost, guardedLookup } from "./egress-guard.ts";

const WITHIN_MS = 60_000;
const MAX_ANSWER_BYTES = 12 * 1024 * 1024;

/** One POST to the `rest` target of a rule. */
export interface RestPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Of its RuleEndpoint: `allow_local`, and `ca`, PEM of who signs its certificate. */
  readonly properties: Readonly<Record<string, string>>;
}

/** Redirections are not followed. @throws Error when there is no whole answer; MapperkitError `rejected` */
export async function postTo(
  { url: text, headers, body, properties }: RestPost,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<{ status: number; body: Buffer }> {
  const url = new URL(text);
  const isLocalAllowed = properties.allow_local === "true";
  if (!isLocalAllowed) checkHost(url.hostname);
  const options = {
    method: "POST",
    headers: { ...headers, "content-length": body.length },
    signal: AbortSignal.any([signal, clock.timeout(WITHIN_MS)]),
    ...(!isLocalAllowed && { lookup: guardedLookup }),
    ...(properties.ca !== undefined && { ca: properties.ca }),
  };
  const send = url.protocol === "https:" ? secureRequest : nodeHttp().request;
  return new Promise((resolve, reject) => {
    const request = send(url, options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error("the answer is too long"));
        else chunks.push(chunk);
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }),
      );
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}
