import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { KubeObject } from "../kube/client/kube-object.ts";

type Json = Record<string, unknown>;
interface LogEntry {
  readonly version: number;
  readonly type: string;
  readonly collection: string;
  readonly object: KubeObject;
}

const COLLECTION = /\/(devices|devicemodels|secrets|namespaces|events|customresourcedefinitions)$/;

/**
 * A tiny API server for tests: list with pages, watch with bookmarks and expiry, create, merge patch
 * (also of /status), delete. It can be killed and started again on its port, and told to fail.
 */
export class FakeKubernetes {
  readonly requests: string[] = [];
  /** Answers the next matching request instead of the server; undefined lets it pass. */
  intercept:
    | ((method: string, path: string) => { status: number; body: object } | undefined)
    | undefined;
  readonly #objects = new Map<string, KubeObject>();
  readonly #watches = new Set<{ collection: string; response: ServerResponse }>();
  #log: LogEntry[] = [];
  #version = 100;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Cuts every connection, as a killed process does. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    this.#watches.clear();
    await closed;
  }

  /** `path` is the object's, e.g. /apis/devices.kubeedge.io/v1beta1/namespaces/default/devices/counter */
  object(path: string): KubeObject | undefined {
    return this.#objects.get(path);
  }

  objects(collection: string): KubeObject[] {
    return [...this.#objects].flatMap(([path, object]) => (isIn(path, collection) ? [object] : []));
  }

  /** Creates, or replaces everything but status and identity. */
  put(path: string, object: Json): KubeObject {
    const before = this.#objects.get(path);
    return this.#store(path, { ...(before?.status ? { status: before.status } : {}), ...object });
  }

  remove(path: string): void {
    const object = this.#objects.get(path);
    if (!object) return;
    this.#objects.delete(path);
    this.#publish("DELETED", path, stamped(object, ++this.#version));
  }

  /** Forgets the log, so that a watch from before ends in 410. */
  compact(): void {
    this.#log = [];
  }

  endWatches(): void {
    for (const { response } of this.#watches) response.end();
    this.#watches.clear();
  }

  #store(path: string, wanted: Json): KubeObject {
    const before = this.#objects.get(path);
    const metadata = { ...(wanted.metadata as Json), ...identity(path, before) };
    const old = JSON.stringify(before?.spec);
    const isSpecNew = before !== undefined && JSON.stringify(wanted.spec) !== old;
    const generation = Number(before?.metadata.generation ?? 1) + (isSpecNew ? 1 : 0);
    const object = stamped({ ...wanted, metadata: { ...metadata, generation } }, ++this.#version);
    this.#objects.set(path, object);
    this.#publish(before ? "MODIFIED" : "ADDED", path, object);
    return object;
  }

  #publish(type: string, path: string, object: KubeObject): void {
    this.#log.push({ version: this.#version, type, collection: path, object });
    for (const { collection, response } of this.#watches) {
      if (isIn(path, collection)) response.write(`${JSON.stringify({ type, object })}\n`);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", this.url);
    const method = request.method ?? "";
    this.requests.push(`${method} ${url.pathname}${url.search}`);
    const instead = this.intercept?.(method, url.pathname);
    if (instead) return void reply(response, instead.status, instead.body);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body = text ? (JSON.parse(text) as Json) : {};
    if (method === "POST") return void this.#create(url, body, response);
    if (method === "PATCH") return void this.#patch(url.pathname, body, response);
    if (method === "DELETE") {
      this.remove(url.pathname);
      return void reply(response, 200, { kind: "Status", status: "Success" });
    }
    return void this.#read(url, response);
  }

  #read(url: URL, response: ServerResponse): void {
    if (url.searchParams.has("watch")) return void this.#watch(url, response);
    const object = this.#objects.get(url.pathname);
    if (object) return void reply(response, 200, object);
    if (!COLLECTION.test(url.pathname)) {
      return void reply(response, 404, status(404, "NotFound", `"${url.pathname}" not found`));
    }
    const limit = Number(url.searchParams.get("limit") ?? 500);
    const from = Number(url.searchParams.get("continue") ?? 0);
    const all = this.objects(url.pathname);
    const rest = all.length > from + limit ? { continue: String(from + limit) } : {};
    const metadata = { resourceVersion: String(this.#version), ...rest };
    reply(response, 200, { kind: "List", metadata, items: all.slice(from, from + limit) });
  }

  #watch(url: URL, response: ServerResponse): void {
    const since = Number(url.searchParams.get("resourceVersion"));
    const oldest = this.#log[0]?.version ?? this.#version + 1;
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    if (since < oldest - 1) {
      response.end(`${JSON.stringify({ type: "ERROR", object: status(410, "Expired", "old") })}\n`);
      return;
    }
    for (const { version, type, collection, object } of this.#log) {
      if (version <= since || !isIn(collection, url.pathname)) continue;
      response.write(`${JSON.stringify({ type, object })}\n`);
    }
    const watch = { collection: url.pathname, response };
    this.#watches.add(watch);
    response.on("close", () => this.#watches.delete(watch));
  }

  #create(url: URL, body: Json, response: ServerResponse): void {
    const { name } = body.metadata as { name: string };
    const path = `${url.pathname}/${name}`;
    if (this.#objects.has(path)) {
      return void reply(response, 409, status(409, "AlreadyExists", `"${name}" already exists`));
    }
    if (url.searchParams.has("dryRun")) return void reply(response, 201, body);
    reply(response, 201, this.#store(path, body));
  }

  #patch(pathname: string, patch: Json, response: ServerResponse): void {
    const path = pathname.replace(/\/status$/, "");
    const before = this.#objects.get(path);
    if (!before) return void reply(response, 404, status(404, "NotFound", `"${path}" not found`));
    const uid = (patch.metadata as Json | undefined)?.uid;
    if (uid !== undefined && uid !== before.metadata.uid) {
      return void reply(
        response,
        409,
        status(409, "Conflict", "the UID in the precondition differs"),
      );
    }
    const wanted = path === pathname ? patch : { status: patch.status };
    const after = mergePatch(before, wanted) as KubeObject;
    if (JSON.stringify(after) === JSON.stringify(before)) return void reply(response, 200, before);
    reply(response, 200, this.#store(path, after));
  }
}

function identity(path: string, before: KubeObject | undefined): Json {
  const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
  return {
    name: path.slice(path.lastIndexOf("/") + 1),
    ...(namespace && { namespace }),
    uid: before?.metadata.uid ?? randomUUID(),
  };
}

function stamped(object: Json, version: number): KubeObject {
  const metadata = object.metadata as KubeObject["metadata"];
  return { ...object, metadata: { ...metadata, resourceVersion: String(version) } };
}

/** Collections are asked with or without a namespace. */
function isIn(path: string, collection: string): boolean {
  const parent = path.slice(0, path.lastIndexOf("/"));
  return parent === collection || parent.replace(/\/namespaces\/[^/]+/, "") === collection;
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const isMap = typeof target === "object" && target !== null && !Array.isArray(target);
  const result: Json = isMap ? { ...(target as Json) } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

function status(code: number, reason: string, message: string): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    code,
    reason,
    message,
  };
}

function reply(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
