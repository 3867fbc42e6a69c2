import type { IncomingMessage } from "node:http";
import { RestProblem } from "./rest-problem.ts";

/** @throws RestProblem 413 when the body is longer than `maxBytes`, 400 when it ends half-way */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLong = () =>
    new RestProblem(413, "request", `the body is longer than ${maxBytes} bytes`, {
      connection: "close",
    });
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLong();
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      bytes += (chunk as Buffer).length;
      if (bytes > maxBytes) throw tooLong();
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    if (error instanceof RestProblem) throw error;
    throw new RestProblem(400, "request", "the body ended half-way");
  }
  return Buffer.concat(chunks);
}
