import type { IncomingMessage } from "node:http";
import { MapperkitError } from "@mapperkit/api";

const MAX_REASON_BYTES = 500;

/** Why the cloud did not take the connection, in its own words. Never rejects. */
export async function readRefusal(response: IncomingMessage): Promise<MapperkitError> {
  let text = "";
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > MAX_REASON_BYTES) break;
    }
  } catch {
    // What came until the cut may still say something.
  }
  const status = response.statusCode ?? 0;
  const reason = text.trim().slice(0, MAX_REASON_BYTES) || "no reason given";
  const code = status >= 500 ? "unreachable" : "rejected";
  return new MapperkitError(code, `the cloud refused the connection (${status}): ${reason}`);
}
