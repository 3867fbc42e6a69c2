import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";

const PROJECT = "e632aba927ea4ac2b575ec1603d56f10";
/** As many handshakes at a time as a storm brings without filling the backlog. */
const DIALS_AT_ONCE = 64;

export interface Credentials {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** Simulated edges: they dial, keep alive, compare, and acknowledge what they are given. */
export class Swarm {
  readonly #sockets = new Map<string, WebSocket>();
  /** Objects that arrived, and reports that were confirmed. */
  objects = 0;
  confirmed = 0;

  get size(): number {
    return this.#sockets.size;
  }

  async dial(port: number, nodes: readonly string[], tls?: ReadonlyMap<string, Credentials>) {
    let next = 0;
    const work = async () => {
      while (next < nodes.length) {
        const node = nodes[next++] as string;
        await this.#dialOne(port, node, tls?.get(node));
      }
    };
    await Promise.all(Array.from({ length: DIALS_AT_ONCE }, work));
  }

  /** Sends a frame as it is. */
  send(node: string, frame: string): void {
    this.#sockets.get(node)?.send(frame);
  }

  /** Resolves when what was sent so far has been read and answered by the far end. */
  async settled(node: string): Promise<void> {
    const socket = this.#sockets.get(node);
    if (!socket) return;
    await new Promise((resolve) => {
      socket.once("pong", resolve);
      socket.ping();
    });
  }

  async cut(): Promise<void> {
    const closed = [...this.#sockets.values()].map(
      (socket) =>
        new Promise((resolve) => {
          socket.once("close", resolve);
          socket.terminate();
        }),
    );
    this.#sockets.clear();
    await Promise.all(closed);
  }

  async #dialOne(port: number, node: string, tls: Credentials | undefined): Promise<void> {
    const scheme = tls ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://localhost:${port}/${PROJECT}/${node}/events`, {
      headers: {
        node_id: node,
        project_id: PROJECT,
        ConnectionUse: "msg",
        "mapperkit-features": "frames,compare",
      },
      perMessageDeflate: false,
      ...tls,
    });
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    socket.on("error", () => {});
    socket.on("message", (data) => this.#take(socket, String(data)));
    this.#sockets.set(node, socket);
    socket.send(envelope("keepalive", "websocket", "node", "ping"));
    socket.send(envelope("get", "twin", "membership/detail", { buckets: {} }));
  }

  #take(socket: WebSocket, frame: string): void {
    const value = JSON.parse(frame);
    const answers: string[] = [];
    for (const { header, route } of Array.isArray(value) ? value : [value]) {
      if (route.resource === "twin") this.confirmed += 1;
      if (route.resource === "membership/inventory") {
        answers.push(envelope("update", "twin", "membership/inventory", { objects: {} }));
      }
      if (route.group !== "resource" || !header.resourceversion) continue;
      this.objects += 1;
      answers.push(envelope("response", "meta", route.resource, "OK", header.msg_id));
    }
    if (answers.length > 0) socket.send(`[${answers.join()}]`);
  }
}

export function envelope(
  operation: string,
  source: string,
  resource: string,
  content: unknown,
  parent?: string,
): string {
  return JSON.stringify({
    header: {
      msg_id: randomUUID(),
      ...(parent && { parent_msg_id: parent }),
      timestamp: Date.now(),
    },
    route: { source, group: "resource", operation, resource },
    content,
  });
}

export function report(device: string, value: string): string {
  const content = { event_id: "", timestamp: Date.now(), twin: { power: { actual: { value } } } };
  return envelope("update", "twin", `device/default/${device}/twin/edge_updated`, content);
}
