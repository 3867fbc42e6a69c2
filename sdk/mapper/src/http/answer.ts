import type { ServerResponse } from "node:http";
import { type ErrorCode, MapperkitError } from "@mapperkit/api";
import { messageOf } from "../endpoint/failure.ts";

const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid_input: 400,
  not_found: 404,
  conflict: 409,
  rejected: 422,
  unsupported: 501,
  unreachable: 503,
  timed_out: 504,
  internal: 500,
};

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  answerText(response, status, `${JSON.stringify(body)}\n`, "application/json");
}

export function answerText(
  response: ServerResponse,
  status: number,
  body: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
  response.end(body);
}

/** An error that we foresaw is its message; another shows nothing of the inside. */
export function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const isOurs = error instanceof MapperkitError;
  const status = isOurs ? STATUS[error.code] : 500;
  answerJson(response, status, { error: isOurs ? messageOf(error) : "internal error" });
}
