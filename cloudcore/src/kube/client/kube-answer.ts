import type { IncomingMessage } from "node:http";
import { MapperkitError } from "@mapperkit/api";
import { kubeError } from "./kube-error.ts";
import { isKubeObject, type KubeObject, type ListPage, type WatchEvent } from "./kube-object.ts";
import { LineSplitter } from "./line-splitter.ts";

/** etcd refuses objects above 1.5 MiB; a watch line holds one. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

export async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function* readWatch(
  response: IncomingMessage,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  try {
    for await (const chunk of response) {
      for (const line of splitter.push(chunk as Buffer)) yield parseWatchLine(line);
    }
  } catch (error) {
    throw asStreamFailure(error, signal);
  }
  if (splitter.pendingBytes > 0) throw new MapperkitError("unreachable", "a watch line was cut");
}

export function asStreamFailure(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof MapperkitError) return error;
  return new MapperkitError("unreachable", "the answer of the Kubernetes API was cut", {
    cause: error,
  });
}

function parseWatchLine(line: string): WatchEvent {
  const event = tryJson(line);
  if (typeof event !== "object" || event === null || !("type" in event) || !("object" in event)) {
    throw new MapperkitError("invalid_input", "a watch line is not an event", {
      details: { line: line.slice(0, 200) },
    });
  }
  if (event.type === "ERROR") throw kubeError(500, event.object);
  return event as WatchEvent;
}

export function asObject(value: unknown): KubeObject {
  if (isKubeObject(value)) return value;
  throw new MapperkitError("invalid_input", "the Kubernetes API's answer is not an object");
}

export function asListPage(value: unknown): ListPage {
  const list = value as { items?: unknown; metadata?: Record<string, unknown> } | null;
  if (!list || !Array.isArray(list.items) || typeof list.metadata !== "object") {
    throw new MapperkitError("invalid_input", "the Kubernetes API's answer is not a list");
  }
  const next = list.metadata.continue;
  return {
    items: list.items.filter(isKubeObject),
    resourceVersion: String(list.metadata.resourceVersion ?? ""),
    ...(typeof next === "string" && next && { continueToken: next }),
  };
}
