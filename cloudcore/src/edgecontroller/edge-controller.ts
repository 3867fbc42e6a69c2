import { randomUUID } from "node:crypto";
import { type Envelope, MapperkitError, makeEnvelope } from "@mapperkit/api";
import type { Clock, Component, Log } from "@mapperkit/runtime";
import { LapsedNodes } from "./lapsed-nodes.ts";
import type { NodeObject, NodeObjects } from "./node-objects.ts";
import { type NodeRequest, nodeNameIn, parseNodeRequest } from "./node-request.ts";

/** The way back to a node. */
export interface NodeLink {
  send(node: string, message: Envelope): void;
}

const ROLE = "node-role.kubernetes.io/edge";
/** Requests of one node under way; an edge has a handful. */
const MAX_UNDER_WAY = 32;

/** Serves edges their own Node and Lease, and nobody else's. */
export class EdgeController implements Component {
  readonly name = "edgecontroller";
  /** Requests that were not for the asking node, or too many at once. */
  refusedRequests = 0;
  readonly #objects: NodeObjects;
  readonly #link: NodeLink;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onVersion: (node: string, kubeletVersion: string) => void;
  readonly #lapsed: LapsedNodes;
  readonly #stopping = new AbortController();
  readonly #underWay = new Map<string, number>();

  constructor(options: {
    objects: NodeObjects;
    link: NodeLink;
    isLeader?: () => boolean;
    /** Told which release a stock edge is of, when its Node says so. */
    onVersion?: (node: string, kubeletVersion: string) => void;
    clock: Clock;
    log: Log;
  }) {
    this.#objects = options.objects;
    this.#link = options.link;
    this.#clock = options.clock;
    this.#log = options.log.child({ component: this.name });
    this.#onVersion = options.onVersion ?? (() => {});
    this.#lapsed = new LapsedNodes({ ...options, log: this.#log });
  }

  async start(): Promise<void> {
    this.#lapsed.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#lapsed.stop();
  }

  nodeConnected(node: string, peer: { readonly isOurs: boolean } = { isOurs: true }): void {
    this.#lapsed.connected(node);
    if (!peer.isOurs) void this.#lookUpVersion(node);
  }

  nodeDisconnected(node: string): void {
    this.#lapsed.disconnected(node);
  }

  messageArrived(node: string, message: Envelope): void {
    const { operation, resource = "" } = message.route;
    const about = nodeNameIn(resource);
    if (about === undefined) {
      this.#log.debug("a message was not understood", { node, operation, resource });
    } else if (about !== node) {
      this.#refuse(node, message, `it is about node ${about}`);
    } else {
      void this.#serve(node, message);
    }
  }

  /** An edge that only redials does not say it again. */
  async #lookUpVersion(node: string): Promise<void> {
    const { signal } = this.#stopping;
    const object = await this.#objects.get("node", node, signal).catch(() => undefined);
    if (object) this.#tellVersion(node, object);
  }

  #tellVersion(node: string, { status }: NodeObject): void {
    const { nodeInfo } = (status ?? {}) as { nodeInfo?: { kubeletVersion?: unknown } };
    const version = nodeInfo?.kubeletVersion;
    if (typeof version === "string") this.#onVersion(node, version);
  }

  async #serve(node: string, message: Envelope): Promise<void> {
    const underWay = this.#underWay.get(node) ?? 0;
    if (underWay >= MAX_UNDER_WAY) {
      this.#refuse(node, message, `${underWay} requests of the node are under way`);
      return;
    }
    this.#underWay.set(node, underWay + 1);
    let request: NodeRequest | undefined;
    try {
      request = parseNodeRequest(message);
      const object = await this.#do(node, request);
      this.#tellVersion(node, object);
      // KubeEdge's edge wants the bare Node where it asks for one.
      const isBare = request.verb === "query" && request.kind === "node";
      this.#answer(node, message, isBare ? object : { Object: object, Err: null });
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#log.debug("a request of a node failed", {
        node,
        resource: message.route.resource,
        error,
      });
      const sent = request && "object" in request ? request.object : null;
      this.#answer(node, message, { Object: sent, Err: { ErrStatus: statusOf(error) } });
    } finally {
      const left = (this.#underWay.get(node) ?? 1) - 1;
      if (left > 0) this.#underWay.set(node, left);
      else this.#underWay.delete(node);
    }
  }

  #do(node: string, request: NodeRequest): Promise<NodeObject> {
    const { signal } = this.#stopping;
    switch (request.verb) {
      case "query":
        return this.#objects.get(request.kind, node, signal);
      case "patch":
        return this.#objects.patchStatus(node, request.patch, signal);
      case "update":
        return this.#objects.replaceLease(request.object, signal);
      default: {
        const { kind, object } = request;
        return this.#objects.create(kind, kind === "node" ? withRole(object) : object, signal);
      }
    }
  }

  #refuse(node: string, message: Envelope, reason: string): void {
    this.refusedRequests += 1;
    const { resource } = message.route;
    this.#log.warn("refused a request of a node", { node, resource, reason });
    const error = new MapperkitError("rejected", `refused: ${reason}`, {
      details: { status: 403 },
    });
    this.#answer(node, message, { Object: null, Err: { ErrStatus: statusOf(error) } });
  }

  #answer(node: string, message: Envelope, content: unknown): void {
    const answer = makeEnvelope({
      id: randomUUID(),
      parentId: message.header.msg_id,
      timestamp: this.#clock.now(),
      source: "edgecontroller",
      group: "resource",
      operation: "response",
      resource: message.route.resource ?? "",
      content,
    });
    this.#link.send(node, answer);
  }
}

function withRole(node: NodeObject): NodeObject {
  const labels = { ...(node.metadata.labels as object | undefined), [ROLE]: "" };
  return { ...node, metadata: { ...node.metadata, labels } };
}

/** A Status object, as client-go has it inside a StatusError. */
function statusOf(error: unknown): object {
  const isOurs = error instanceof MapperkitError;
  const code = isOurs && typeof error.details.status === "number" ? error.details.status : 500;
  const known =
    isOurs && typeof error.details.reason === "string" ? error.details.reason : undefined;
  const reason = known ?? (code === 403 ? "Forbidden" : "InternalError");
  const message = isOurs ? error.message : "internal error";
  return { metadata: {}, status: "Failure", message, reason, code };
}
