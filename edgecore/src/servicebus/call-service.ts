import type { IncomingMessage } from "node:http";
import { type Clock, nodeHttp } from "@mapperkit/runtime";
import { edgeAnswer, type ServiceAnswer, type ServiceCall } from "./service-call.ts";

/** These concern one connection; the length is counted anew. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"],
  ...["transfer-encoding", "upgrade", "host", "content-length", "expect"],
]);

/** Calls an application of this node once. Never rejects: what goes wrong is an answer too. */
export async function callService(
  call: ServiceCall,
  limits: { answerWithinMs: number; maxBodyBytes: number; clock: Clock },
): Promise<ServiceAnswer> {
  const late = limits.clock.timeout(limits.answerWithinMs);
  const where = `127.0.0.1:${call.port}`;
  let isAnswering = false;
  try {
    const response = await send(call, late);
    isAnswering = true;
    const body = await read(response, limits.maxBodyBytes);
    if (!body)
      return edgeAnswer(502, `the answer of ${where} is longer than ${limits.maxBodyBytes} bytes`);
    return { status: response.statusCode ?? 0, fields: fieldsOf(response.rawHeaders), body };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (late.aborted) {
      return edgeAnswer(504, `${where} did not answer within ${limits.answerWithinMs} ms`);
    }
    const text = isAnswering ? "error to receive response, err" : "error to call service";
    return edgeAnswer(502, `${text}: ${where}: ${why}`);
  }
}

function send(call: ServiceCall, signal: AbortSignal): Promise<IncomingMessage> {
  const { port, path, method, body } = call;
  return new Promise((resolve, reject) => {
    const request = nodeHttp().request({
      host: "127.0.0.1",
      port,
      path,
      method,
      signal,
      agent: false,
    });
    for (const [name, values] of Object.entries(call.fields)) {
      if (!OF_THE_CONNECTION.has(name)) request.setHeader(name, [...values]);
    }
    if (body.length > 0 || !["GET", "HEAD"].includes(method)) {
      request.setHeader("content-length", body.length);
    }
    request.once("response", resolve);
    request.on("error", reject);
    // Nothing speaks anything but HTTP over this way.
    request.once("upgrade", (_, socket) => {
      socket.destroy();
      reject(new Error("the application wants another protocol"));
    });
    request.end(body);
  });
}

async function read(response: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) {
      response.destroy();
      return undefined;
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function fieldsOf(raw: readonly string[]): Record<string, readonly string[]> {
  const fields: Record<string, string[]> = Object.create(null);
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? "";
    if (OF_THE_CONNECTION.has(name.toLowerCase()) && name.toLowerCase() !== "content-length")
      continue;
    fields[name] = [...(fields[name] ?? []), raw[at + 1] ?? ""];
  }
  return fields;
}
