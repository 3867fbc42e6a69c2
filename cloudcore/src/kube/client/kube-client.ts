import type { IncomingMessage } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import type { KubeAccess } from "../access/kube-access.ts";
import {
  asListPage,
  asObject,
  asStreamFailure,
  readText,
  readWatch,
  tryJson,
} from "./kube-answer.ts";
import { KubeConnection } from "./kube-connection.ts";
import { kubeError } from "./kube-error.ts";
import type { KubeObject, ListPage, WatchEvent } from "./kube-object.ts";
import { collectionPath, type KubeResource, type ObjectRef, objectPath } from "./kube-resource.ts";

const CALL_TIMEOUT_MS = 30_000;
/** A watch that the server should have ended by now is dead: the only read timer of a watch. */
const WATCH_GRACE_MS = 30_000;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** A Kubernetes API client for JSON over keep-alive connections; credentials are read when first needed. */
export class KubeClient {
  readonly #loadAccess: () => Promise<KubeAccess>;
  readonly #clock: Clock;
  readonly #userAgent: string;
  #connection: KubeConnection | undefined;
  /** Set when a call failed in a way that new credentials, or a new address, may cure. */
  #isStale = true;
  #isClosed = false;
  #accessGeneration = 0;
  #sharedDeadline: { readonly since: number; readonly signal: AbortSignal } | undefined;

  constructor(options: {
    loadAccess: () => Promise<KubeAccess>;
    clock: Clock;
    /** Under this name Kubernetes keeps who owns which field. */
    userAgent?: string;
  }) {
    this.#loadAccess = options.loadAccess;
    this.#clock = options.clock;
    this.#userAgent = options.userAgent ?? "mapperkit-cloudcore";
  }

  /** Rises when the credentials or the server changed: resourceVersions of before mean nothing then. */
  get accessGeneration(): number {
    return this.#accessGeneration;
  }

  /** The context's namespace. */
  async namespace(): Promise<string> {
    return (await this.#connect()).access.namespace;
  }

  async get(resource: KubeResource, ref: ObjectRef, signal: AbortSignal): Promise<KubeObject> {
    return asObject(await this.#call({ method: "GET", path: objectPath(resource, ref) }, signal));
  }

  async listPage(
    resource: KubeResource,
    options: {
      namespace?: string;
      labelSelector?: string;
      limit: number;
      resourceVersion?: string;
      continue?: string;
    },
    signal: AbortSignal,
  ): Promise<ListPage> {
    const { namespace, ...query } = options;
    const path = collectionPath(resource, namespace);
    return asListPage(await this.#call({ method: "GET", path, query }, signal));
  }

  async create(
    resource: KubeResource,
    object: KubeObject,
    options: { dryRun?: boolean; signal: AbortSignal },
  ): Promise<KubeObject> {
    const path = collectionPath(resource, object.metadata.namespace);
    const query = { dryRun: options.dryRun ? "All" : undefined };
    return asObject(
      await this.#call({ method: "POST", path, query, body: object }, options.signal),
    );
  }

  /** Replaces the object; its resourceVersion, where it has one, must be the current one. */
  async update(
    resource: KubeResource,
    object: KubeObject,
    options: { subresource?: "status"; signal: AbortSignal },
  ): Promise<KubeObject> {
    const path = objectPath(resource, object.metadata, options.subresource);
    return asObject(await this.#call({ method: "PUT", path, body: object }, options.signal));
  }

  /** A patch of core objects that merges lists by their keys. */
  async strategicMergePatch(
    resource: KubeResource,
    ref: ObjectRef,
    options: { patch: object; subresource?: "status"; signal: AbortSignal },
  ): Promise<KubeObject> {
    const contentType = "application/strategic-merge-patch+json";
    return this.#patch(contentType, resource, ref, options);
  }

  /** JSON merge patch (RFC 7396). */
  async mergePatch(
    resource: KubeResource,
    ref: ObjectRef,
    options: { patch: object; subresource?: "status"; signal: AbortSignal },
  ): Promise<KubeObject> {
    return this.#patch("application/merge-patch+json", resource, ref, options);
  }

  async delete(resource: KubeResource, ref: ObjectRef, signal: AbortSignal): Promise<void> {
    await this.#call({ method: "DELETE", path: objectPath(resource, ref) }, signal);
  }

  /**
   * Resolves when the server has accepted the watch; the events end when the server ends them.
   * @throws MapperkitError; of an ERROR event, its Status
   */
  async watch(
    resource: KubeResource,
    options: { namespace?: string; resourceVersion: string; timeoutSeconds: number },
    signal: AbortSignal,
  ): Promise<AsyncIterable<WatchEvent>> {
    const { namespace, ...selection } = options;
    const deadline = this.#clock.timeout(options.timeoutSeconds * 1000 + WATCH_GRACE_MS);
    const both = AbortSignal.any([signal, deadline]);
    const query = { watch: true, allowWatchBookmarks: true, ...selection };
    const path = withQuery(collectionPath(resource, namespace), query);
    const response = await this.#send({ method: "GET", path, isWatch: true }, both);
    if (response.statusCode !== 200) throw await this.#refusal(response);
    return readWatch(response, both);
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.close();
  }

  async #patch(
    contentType: string,
    resource: KubeResource,
    ref: ObjectRef,
    options: { patch: object; subresource?: "status"; signal: AbortSignal },
  ): Promise<KubeObject> {
    const path = objectPath(resource, ref, options.subresource);
    const call = { method: "PATCH", path, body: options.patch, contentType };
    return asObject(await this.#call(call, options.signal));
  }

  async #call(call: Call, signal: AbortSignal): Promise<unknown> {
    const path = withQuery(call.path, call.query ?? {});
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const bounded = AbortSignal.any([signal, this.#deadline()]);
    const request = {
      method: call.method,
      path,
      ...(body !== undefined && { body, contentType: call.contentType ?? "application/json" }),
    };
    const response = await this.#send(request, bounded);
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) throw await this.#refusal(response);
    try {
      return JSON.parse(await readText(response));
    } catch (error) {
      throw asStreamFailure(error, bounded);
    }
  }

  /** A 401 renews the credentials once: tokens in files expire. */
  async #send(
    request: {
      method: string;
      path: string;
      body?: string;
      contentType?: string;
      isWatch?: boolean;
    },
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { contentType, ...rest } = request;
    const wire = { ...rest, signal, headers: contentType ? { "content-type": contentType } : {} };
    const first = await this.#sendOnce(wire);
    if (first.statusCode !== 401) return first;
    const before = this.#connection;
    this.#isStale = true;
    const renewed = await this.#connect();
    if (renewed === before) return first;
    first.resume();
    return this.#sendOnce(wire);
  }

  async #sendOnce(request: Parameters<KubeConnection["send"]>[0]): Promise<IncomingMessage> {
    const connection = await this.#connect();
    try {
      return await connection.send(request);
    } catch (error) {
      if (error instanceof MapperkitError && error.code === "unreachable") this.#isStale = true;
      throw error;
    }
  }

  /** Calls of one second share a deadline: each one's own timer would live on long after its call. */
  #deadline(): AbortSignal {
    const now = this.#clock.monotonic();
    if (!this.#sharedDeadline || now - this.#sharedDeadline.since >= 1_000) {
      this.#sharedDeadline = { since: now, signal: this.#clock.timeout(CALL_TIMEOUT_MS) };
    }
    return this.#sharedDeadline.signal;
  }

  async #connect(): Promise<KubeConnection> {
    if (this.#isClosed) throw new MapperkitError("unreachable", "the Kubernetes client is closed");
    if (this.#connection && !this.#isStale) return this.#connection;
    const access = await this.#reloadAccess();
    this.#isStale = false;
    if (this.#connection && isDeepStrictEqual(access, this.#connection.access)) {
      return this.#connection;
    }
    this.#connection?.close();
    this.#accessGeneration += 1;
    this.#connection = new KubeConnection(access, this.#userAgent);
    return this.#connection;
  }

  /** A kubeconfig that is being rewritten must not end a program that already runs. */
  async #reloadAccess(): Promise<KubeAccess> {
    try {
      return await this.#loadAccess();
    } catch (error) {
      if (!this.#connection) throw error;
      return this.#connection.access;
    }
  }

  async #refusal(response: IncomingMessage): Promise<MapperkitError> {
    const text = await readText(response).catch(() => "");
    return kubeError(response.statusCode ?? 0, tryJson(text), response.headers["retry-after"]);
  }
}

function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) search.set(key, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}
