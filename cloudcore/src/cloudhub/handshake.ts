import type { IncomingMessage } from "node:http";
import { isNodeName } from "../certificates/index.ts";

/** `/{project}/{node}/events` (cloudhub-wire §3.2). */
const PATH = /^\/[^/?]+\/([^/?]+)\/events(?:\?.*)?$/;

export type Handshake =
  | {
      readonly node: string;
      /** ms since 1970: when that which identified the node expires. */
      readonly validUntil?: number;
    }
  | {
      readonly refusedWith: number;
      readonly reason: string;
      /** Who it says it is. */
      readonly node?: string;
    };

/** Decides from a dialling edge's request who it is, or why it is refused. */
export type IdentifyNode = (request: IncomingMessage) => Handshake;

/** Believes the `node_id` header, as KubeEdge does without authorization. */
export function identifyByHeader(request: IncomingMessage): Handshake {
  const inPath = PATH.exec(request.url ?? "")?.[1];
  if (inPath === undefined) {
    return refuse(404, `path ${shown(request.url)}: expected /{project}/{node}/events`);
  }
  const node = request.headers.node_id;
  if (typeof node !== "string" || node === "") {
    return refuse(400, "header node_id is missing: expected the node's name");
  }
  if (!isNodeName(node)) {
    return refuse(
      400,
      `header node_id ${shown(node)}: expected a node's name as Kubernetes has it`,
    );
  }
  if (inPath !== node) {
    return refuse(400, `header node_id ${shown(node)}: expected ${shown(inPath)}, as in the path`);
  }
  const use = request.headers.connectionuse;
  if (use !== "msg") {
    return refuse(400, `header ConnectionUse ${shown(use)}: expected "msg"`);
  }
  return { node };
}

function refuse(refusedWith: number, reason: string): Handshake {
  return { refusedWith, reason };
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "absent").slice(0, 128);
}
