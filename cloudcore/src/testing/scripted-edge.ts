import { randomUUID } from "node:crypto";
import { type Envelope, makeEnvelope, parseEnvelope } from "@mapperkit/api";
import { WebSocket } from "ws";
import { until } from "./until.ts";

const PROJECT = "e632aba927ea4ac2b575ec1603d56f10";

/** An edge node as recorded from KubeEdge: it dials, keeps alive, asks for its devices, acknowledges. */
export class ScriptedEdge {
  readonly node: string;
  readonly received: Envelope[] = [];
  /** False: objects are not acknowledged. */
  isAcknowledging = true;
  readonly #socket: WebSocket;

  private constructor(node: string, socket: WebSocket) {
    this.node = node;
    this.#socket = socket;
    socket.on("message", (data) => this.#receive(parseEnvelope(data.toString())));
    socket.on("error", () => undefined);
  }

  /** With TLS it dials `wss` with the given certificate, else `ws`. */
  static async dial(
    port: number,
    node: string,
    tls?: { key?: string; cert?: string; ca?: string },
  ): Promise<ScriptedEdge> {
    const scheme = tls ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://127.0.0.1:${port}/${PROJECT}/${node}/events`, {
      headers: { node_id: node, project_id: PROJECT, ConnectionUse: "msg" },
      ...tls,
    });
    const edge = new ScriptedEdge(node, socket);
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    edge.send({ operation: "keepalive", source: "websocket", resource: "node" }, "ping");
    return edge;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  askForDevices(): string {
    const body = { event_type: "group_membership_event", event_id: randomUUID(), timestamp: 1 };
    const route = { operation: "get", source: "twin", resource: "membership/detail" };
    return this.send(route, JSON.stringify(body));
  }

  report(device: string, twin: object): string {
    const content = { event_id: randomUUID(), timestamp: 1, twin };
    const resource = `device/${device}/twin/edge_updated`;
    return this.send({ operation: "update", source: "twin", resource }, content);
  }

  state(device: string, state: string): string {
    const body = {
      event_id: "",
      timestamp: 1,
      device: { name: "x", state, lastOnlineTime: "2026-11-22T18:08:01Z" },
    };
    const resource = `device/${device}/state/update`;
    return this.send({ operation: "update", source: "twin", resource }, JSON.stringify(body));
  }

  send(
    route: { operation: string; source: string; resource: string; group?: string },
    content: unknown,
    parentId?: string,
  ): string {
    const id = randomUUID();
    const parts = { group: "resource", ...route, ...(parentId && { parentId }) };
    const message = makeEnvelope({ id, timestamp: 1, content, ...parts });
    this.#socket.send(JSON.stringify(message));
    return id;
  }

  sendRaw(frame: string | Uint8Array): void {
    this.#socket.send(frame);
  }

  isConfirmed(messageId: string): boolean {
    return this.received.some(
      ({ header, route }) => header.parent_msg_id === messageId && route.resource === "twin",
    );
  }

  /** The newest message about a resource. */
  async got(operation: string, resource: string): Promise<Envelope> {
    let found: Envelope | undefined;
    await until(`${operation} ${resource}`, () => {
      found = this.received.findLast(
        ({ route }) => route.operation === operation && route.resource === resource,
      );
      return found !== undefined;
    });
    return found as Envelope;
  }

  close(): void {
    this.#socket.terminate();
  }

  #receive(message: Envelope): void {
    this.received.push(message);
    const { operation, resource = "", source = "" } = message.route;
    const isObject = /^[^/]+\/(device|devicemodel)\/[^/]+$/.test(resource);
    if (!isObject || operation === "response" || !this.isAcknowledging) return;
    this.send({ operation: "response", source, resource }, "OK", message.header.msg_id);
  }
}
