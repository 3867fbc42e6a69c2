import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown> & { name: string; resourceVersion?: string };
  [field: string]: unknown;
}

/**
 * The least of an API server that cloudcore can work with: it costs next to nothing, so that what is
 * measured is cloudcore. Status patches can be made to take as long as a busy cluster's.
 */
export class MiniKube implements AsyncDisposable {
  patchMs = 0;
  patches = 0;
  readonly #objects = new Map<string, KubeObject>();
  readonly #watches = new Set<{ collection: string; response: ServerResponse }>();
  #server: Server | undefined;
  #version = 1;

  async listen(): Promise<number> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  object(path: string): KubeObject | undefined {
    return this.#objects.get(path);
  }

  /** Puts an object there as if somebody had created or changed it. */
  put(path: string, object: Omit<KubeObject, "metadata"> & { metadata: { name: string } }): void {
    const isNew = !this.#objects.has(path);
    this.#keep(path, object as KubeObject, isNew ? "ADDED" : "MODIFIED");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    this.#server?.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://kube");
    const path = url.pathname.replace(/\/status$/, "");
    switch (request.method) {
      case "GET":
        if (url.searchParams.has("watch")) this.#watch(path, response);
        else this.#read(path, response);
        return;
      case "POST": {
        const object = JSON.parse(await textOf(request)) as KubeObject;
        reply(response, 201, this.#keep(`${path}/${object.metadata.name}`, object, "ADDED"));
        return;
      }
      case "PUT":
        reply(response, 200, this.#keep(path, JSON.parse(await textOf(request)), "MODIFIED"));
        return;
      case "PATCH":
        await this.#patch(path, JSON.parse(await textOf(request)), response);
        return;
      default:
        this.#objects.delete(path);
        reply(response, 200, {});
    }
  }

  async #patch(path: string, patch: object, response: ServerResponse): Promise<void> {
    this.patches += 1;
    if (this.patchMs > 0) await sleep(this.patchMs);
    const held = this.#objects.get(path);
    if (!held) reply(response, 404, missing);
    else reply(response, 200, this.#keep(path, merged(held, patch) as KubeObject, "MODIFIED"));
  }

  #read(path: string, response: ServerResponse): void {
    const object = this.#objects.get(path);
    if (object) {
      reply(response, 200, object);
      return;
    }
    const plural = path.split("/").at(-1) ?? "";
    const isCollection = /^(devices|devicemodels|objectsyncs|nodes|leases|secrets)$/.test(plural);
    if (!isCollection) {
      reply(response, 404, missing);
      return;
    }
    const items = [...this.#objects].flatMap(([key, each]) => (isIn(key, path) ? [each] : []));
    reply(response, 200, { metadata: { resourceVersion: `${this.#version}` }, items });
  }

  #watch(collection: string, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    const watch = { collection, response };
    this.#watches.add(watch);
    response.on("close", () => this.#watches.delete(watch));
  }

  #keep(path: string, object: KubeObject, type: string): KubeObject {
    this.#version += 1;
    const resourceVersion = `${this.#version}`;
    const kept = { ...object, metadata: { uid: path, ...object.metadata, resourceVersion } };
    this.#objects.set(path, kept);
    const line = `${JSON.stringify({ type, object: kept })}\n`;
    for (const { collection, response } of this.#watches) {
      if (isIn(path, collection)) response.write(line);
    }
    return kept;
  }
}

const missing = { kind: "Status", status: "Failure", code: 404, reason: "NotFound", message: "" };

function isIn(path: string, collection: string): boolean {
  const parent = path.slice(0, path.lastIndexOf("/"));
  return parent === collection || parent.replace(/\/namespaces\/[^/]+/, "") === collection;
}

function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result = { ...(target as Record<string, unknown>) };
  for (const [key, value] of Object.entries(patch)) result[key] = merged(result[key], value);
  return result;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function reply(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
