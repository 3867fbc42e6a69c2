import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Clock, createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { createKubernetes, type Kubernetes } from "../kubernetes.ts";
import { kubernetesConfig } from "../kubernetes-config.ts";
import type { JsonObject } from "../objects/index.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly body: any;
}

export interface Ask {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Send no credentials. */
  readonly anonymous?: boolean;
}

export interface WatchEvent {
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape.
  readonly object: any;
}

/** A server in a folder of its own with a client that trusts it, for tests. */
export class TestServer implements AsyncDisposable {
  readonly kubernetes: Kubernetes;
  readonly dataDir: string;
  #agent: Agent | undefined;
  #keys: { adminCertificatePem: string; adminKeyPem: string; authorityPem: string } | undefined;

  private constructor(dataDir: string, clock: Clock) {
    this.dataDir = dataDir;
    this.kubernetes = createKubernetes(kubernetesConfig.parse({ dataDir, port: 0 }), {
      clock,
      random: createRandom("test"),
      log: silentLog,
    });
  }

  static async start(
    o: { readonly dataDir?: string; readonly clock?: Clock } = {},
  ): Promise<TestServer> {
    const dataDir = o.dataDir ?? (await mkdtemp(join(tmpdir(), "mapperkit-kubernetes-")));
    const server = new TestServer(dataDir, o.clock ?? new RealClock());
    await server.kubernetes.start(new AbortController().signal);
    server.#keys = JSON.parse(await readFile(join(dataDir, "credentials.json"), "utf8"));
    server.#agent = new Agent({ keepAlive: true, ...server.tls() });
    return server;
  }

  /** What a client needs to be the admin. */
  tls(): { ca: string; cert: string; key: string } {
    assert.ok(this.#keys);
    const { authorityPem, adminCertificatePem, adminKeyPem } = this.#keys;
    return { ca: authorityPem, cert: adminCertificatePem, key: adminKeyPem };
  }

  get(path: string, ask: Ask = {}): Promise<Answer> {
    return this.send("GET", path, ask);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send("POST", path, { body, headers });
  }

  put(path: string, body: unknown): Promise<Answer> {
    return this.send("PUT", path, { body });
  }

  merge(path: string, body: unknown): Promise<Answer> {
    const headers = { "Content-Type": "application/merge-patch+json" };
    return this.send("PATCH", path, { body, headers });
  }

  delete(path: string, body?: unknown): Promise<Answer> {
    return this.send("DELETE", path, { body });
  }

  async send(method: string, path: string, ask: Ask = {}): Promise<Answer> {
    const isText = typeof ask.body === "string" || ask.body instanceof Uint8Array;
    const payload = ask.body === undefined || isText ? ask.body : JSON.stringify(ask.body);
    const response = await this.#open(
      path,
      {
        method,
        headers: {
          ...(payload === undefined ? {} : describe(payload as string | Uint8Array)),
          ...ask.headers,
        },
        ...(ask.anonymous ? { agent: new Agent({ ca: this.tls().ca }) } : {}),
      },
      payload as string | undefined,
    );
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const isJson = response.headers["content-type"]?.startsWith("application/json") ?? false;
    const body = isJson && text !== "" ? JSON.parse(text) : undefined;
    return { status: response.statusCode ?? 0, headers: response.headers, text, body };
  }

  /** Opens a watch; the path carries its query. */
  async watch(path: string, headers: Record<string, string> = {}): Promise<TestWatch> {
    return new TestWatch(await this.#open(path, { method: "GET", headers }));
  }

  async stop(): Promise<void> {
    await this.kubernetes.stop();
    this.#agent?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  #open(path: string, options: RequestOptions, payload?: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const url = `${this.kubernetes.url}${path}`;
      const sent = request(url, { agent: this.#agent, ...options }, resolve);
      sent.once("error", reject);
      sent.end(payload);
    });
  }
}

/** Node sends no length with the body of a DELETE by itself. */
function describe(payload: string | Uint8Array): Record<string, string> {
  const length = String(Buffer.byteLength(payload));
  return { "Content-Type": "application/json", "Content-Length": length };
}

/** One open watch: its events in order. */
export class TestWatch implements AsyncDisposable {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly #response: IncomingMessage;
  readonly #lines: AsyncIterator<string>;

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    this.#lines = createInterface({ input: response })[Symbol.asyncIterator]();
  }

  /** The next event; undefined when the stream is over. */
  async next(): Promise<WatchEvent | undefined> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : (JSON.parse(value as string) as WatchEvent);
  }

  /** The next `count` events in short: `ADDED a`. */
  async take(count: number): Promise<string[]> {
    const events: string[] = [];
    while (events.length < count) {
      const event = await this.next();
      assert.ok(event, `the watch ended after ${events.join(", ")}`);
      events.push(
        `${event.type} ${event.object.metadata?.name ?? event.object.reason ?? ""}`.trim(),
      );
    }
    return events;
  }

  /** Stops reading, as a client that hangs. */
  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#response.destroy();
    await this.#lines.return?.();
  }
}

export const WIDGETS = "/apis/demo.example.com/v1/namespaces/default/widgets";
export const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** A definition of widgets; `change` replaces members of its spec. */
export function widgetDefinition(change: JsonObject = {}): JsonObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.demo.example.com" },
    spec: {
      group: "demo.example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget", shortNames: ["wg"] },
      versions: [widgetVersion("v1", { storage: true })],
      ...change,
    },
  };
}

export function widgetVersion(name: string, more: JsonObject = {}): JsonObject {
  return {
    name,
    served: true,
    storage: false,
    subresources: { status: {} },
    schema: {
      openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    },
    ...more,
  };
}

export function widget(name: string, more: JsonObject = {}): JsonObject {
  return { apiVersion: "demo.example.com/v1", kind: "Widget", metadata: { name }, ...more };
}
