import type { AccountTokens } from "../auth/index.ts";
import { listObjects, readFlag, readListOptions } from "../listing/index.ts";
import {
  APPLY_PATCH,
  checkApplyOptions,
  checkPatchType,
  createObject,
  deleteObject,
  encodeAll,
  patchObject,
  type Target,
  typePrefix,
  updateObject,
  view,
  viewAll,
  type World,
} from "../objects/index.ts";
import {
  negotiate,
  type Representation,
  readIncludeObject,
  represent,
  representList,
  type Shape,
} from "../representation/index.ts";
import {
  decodeBody,
  type Exchange,
  mediaTypeOf,
  parseJson,
  parseYaml,
  type ResourcePath,
  readDeleteOptions,
  readWriteOptions,
  statusOfDeletion,
} from "../requests/index.ts";
import type { Judge, ServedResource } from "../resources/index.ts";
import { methodNotAllowed, notFound, StatusError, unknownResource } from "../status/index.ts";
import type { StoredObject } from "../store/index.ts";
import type { WatchHub } from "../watch/index.ts";
import { handleScale } from "./scale-handler.ts";
import { handleTokenRequest } from "./token-handler.ts";
import { handleWatch } from "./watch-handler.ts";

const OBJECT_SHAPES: readonly Shape[] = ["Table", "PartialObjectMetadata"];
const KUBELETS: ReadonlySet<string> = new Set(["attach", "exec", "log", "portforward"]);
const LIST_SHAPES: readonly Shape[] = ["Table", "PartialObjectMetadataList"];

/** Answers requests for objects and collections. Rejects with a StatusError. */
export class ResourceHandler {
  readonly #world: World;
  readonly #hub: WatchHub;
  readonly #stopping: AbortSignal;
  readonly #judge: Judge;
  readonly #tokens: AccountTokens;

  constructor(o: {
    readonly world: World;
    readonly hub: WatchHub;
    readonly judge: Judge;
    readonly tokens: AccountTokens;
    readonly stopping: AbortSignal;
  }) {
    this.#world = o.world;
    this.#hub = o.hub;
    this.#judge = o.judge;
    this.#tokens = o.tokens;
    this.#stopping = o.stopping;
  }

  async handle(exchange: Exchange, path: ResourcePath): Promise<void> {
    const resource = this.#world.registry.find(path.group, path.version, path.plural);
    if (resource === undefined) throw unknownResource();
    if (resource.deprecation !== undefined) exchange.warn(resource.deprecation);
    const { namespace, name, subresource } = path;
    if (namespace !== "" && !resource.namespaced) throw unknownResource();
    if (name === undefined) return await this.#collection(exchange, resource, namespace);
    if (resource.namespaced && namespace === "") throw unknownResource();
    const target = { resource, namespace, name };
    if (subresource === "scale" && resource.subresources.scale !== undefined) {
      return await handleScale(this.#world, exchange, target, resource.subresources.scale);
    }
    if (subresource === "token" && resource.subresources.token === true) {
      return await handleTokenRequest(this.#world, this.#tokens, exchange, target);
    }
    this.#checkKubelet(target, subresource);
    checkSubresource(resource, subresource);
    await this.#object(exchange, target, subresource);
  }

  /** @throws StatusError 404 for a pod that is not there, 501 for what only its kubelet could answer */
  #checkKubelet({ resource, namespace, name }: Target, subresource: string | undefined): void {
    if (resource.storage !== "pods" || !KUBELETS.has(subresource ?? "")) return;
    if (this.#world.store.get("pods", namespace, name) === undefined) {
      throw notFound(resource, name);
    }
    const what = `pods/${subresource} of ${JSON.stringify(name)} is not available`;
    throw new StatusError(501, "", `${what}: this API server reaches no kubelet`);
  }

  async #collection(
    exchange: Exchange,
    resource: ServedResource,
    namespace: string,
  ): Promise<void> {
    if (exchange.method === "POST") return await this.#create(exchange, resource, namespace);
    if (resource.review !== undefined) throw methodNotAllowed();
    if (exchange.method === "DELETE") return await this.#deleteAll(exchange, resource, namespace);
    if (exchange.method !== "GET" && exchange.method !== "HEAD") throw methodNotAllowed();
    if (readFlag(exchange.query, "watch") === true) {
      const stopping = this.#stopping;
      return await handleWatch(this.#world, this.#hub, exchange, { resource, namespace, stopping });
    }
    const representation = this.#representation(exchange, LIST_SHAPES);
    const options = readListOptions(exchange.query, false);
    const { stored, meta } = await listObjects(this.#world, { resource, namespace }, options);
    await this.#sendList(exchange, resource, stored, meta, representation);
  }

  async #sendList(
    exchange: Exchange,
    resource: ServedResource,
    stored: readonly StoredObject[],
    meta: object,
    representation: Representation,
  ): Promise<void> {
    const { format, shape } = representation.accepted;
    if (shape !== undefined) {
      const objects = await viewAll(resource, stored);
      const list = representList(resource, objects, meta, representation) ?? {};
      return await exchange.send(200, list, format);
    }
    const items = await encodeAll(resource, stored);
    await exchange.send(200, listText(resource, items, meta), format);
  }

  async #object(exchange: Exchange, target: Target, subresource?: string): Promise<void> {
    switch (exchange.method) {
      case "GET":
      case "HEAD":
        return await this.#get(exchange, target);
      case "PUT":
        return await this.#replace(exchange, target, subresource);
      case "PATCH":
        return await this.#patch(exchange, target, subresource);
      case "DELETE":
        if (subresource !== undefined) throw methodNotAllowed();
        return await this.#delete(exchange, target);
      default:
        throw methodNotAllowed();
    }
  }

  async #get(exchange: Exchange, { resource, namespace, name }: Target): Promise<void> {
    const representation = this.#representation(exchange, OBJECT_SHAPES);
    const stored = this.#world.store.get(resource.storage, namespace, name);
    if (stored === undefined) throw notFound(resource, name);
    const { format, shape } = representation.accepted;
    if (shape === undefined) {
      const [text = stored.json] = await encodeAll(resource, [stored]);
      return await exchange.send(200, text, format);
    }
    const object = await view(resource, stored);
    await exchange.send(200, represent(resource, object, representation), format);
  }

  async #create(exchange: Exchange, resource: ServedResource, namespace: string): Promise<void> {
    if (resource.namespaced && namespace === "") throw methodNotAllowed();
    if (!resource.verbs.includes("create")) throw methodNotAllowed();
    const representation = this.#representation(exchange, OBJECT_SHAPES);
    const options = readWriteOptions(exchange, "CreateOptions");
    const body = await this.#decode(exchange, resource);
    const { format } = representation.accepted;
    if (resource.review !== undefined) {
      const from = { user: exchange.user, namespace, judge: this.#judge };
      const answer = await resource.review(asObject(body, resource), from);
      return await exchange.send(201, answer, format);
    }
    const object = await createObject(this.#world, { resource, namespace }, body, options);
    await exchange.send(201, represent(resource, object, representation), format);
  }

  async #replace(exchange: Exchange, target: Target, subresource?: string): Promise<void> {
    const representation = this.#representation(exchange, OBJECT_SHAPES);
    const options = readWriteOptions(exchange, "UpdateOptions");
    const body = await this.#decode(exchange, target.resource);
    const text = JSON.stringify(body);
    // A retry must begin from what the client sent, not from what the first attempt made of it.
    const change = () => JSON.parse(text) as unknown;
    const update = { ...target, subresource, isReplace: true, change };
    const object = await updateObject(this.#world, update, options);
    const shown = represent(target.resource, object, representation);
    await exchange.send(200, shown, representation.accepted.format);
  }

  async #patch(exchange: Exchange, target: Target, subresource?: string): Promise<void> {
    const representation = this.#representation(exchange, OBJECT_SHAPES);
    const mediaType = mediaTypeOf(exchange.request.headers["content-type"]);
    checkPatchType(target.resource, mediaType);
    const options = readWriteOptions(exchange, "PatchOptions");
    checkApplyOptions(mediaType, exchange.query.get("fieldManager") ?? undefined);
    const bytes = await exchange.body();
    const isApply = mediaType === APPLY_PATCH;
    const body = isApply ? await parseYaml(bytes) : parseJson(bytes, "error decoding patch");
    const force = readFlag(exchange.query, "force") === true;
    const patch = { ...target, subresource, mediaType, body, force };
    const { object, isNew } = await patchObject(this.#world, patch, options);
    const shown = represent(target.resource, object, representation);
    await exchange.send(isNew ? 201 : 200, shown, representation.accepted.format);
  }

  async #delete(exchange: Exchange, target: Target): Promise<void> {
    const options = await readDeleteOptions(exchange);
    const { format } = this.#representation(exchange, OBJECT_SHAPES).accepted;
    const deletion = await deleteObject(this.#world, target, options);
    const answersObject = !deletion.isGone || target.resource.strategy.answersDeletedObject;
    const answer = answersObject ? deletion.object : statusOfDeletion(target, deletion.object);
    await exchange.send(200, answer, format);
  }

  async #deleteAll(exchange: Exchange, resource: ServedResource, namespace: string): Promise<void> {
    const representation = this.#representation(exchange, LIST_SHAPES);
    const options = await readDeleteOptions(exchange);
    const list = readListOptions(exchange.query, false);
    const { stored, meta } = await listObjects(this.#world, { resource, namespace }, list);
    for (const { namespace: where, name } of stored) {
      if (this.#world.store.get(resource.storage, where, name) === undefined) continue;
      await deleteObject(this.#world, { resource, namespace: where, name }, options);
    }
    await this.#sendList(exchange, resource, stored, meta, representation);
  }

  async #decode(exchange: Exchange, resource: ServedResource): Promise<unknown> {
    const mediaType = mediaTypeOf(exchange.request.headers["content-type"]);
    return await decodeBody(await exchange.body(), mediaType, !resource.custom);
  }

  #representation(exchange: Exchange, shapes: readonly Shape[]): Representation {
    return {
      accepted: negotiate(exchange.request.headers.accept, shapes),
      includeObject: readIncludeObject(exchange.query.get("includeObject")),
      now: this.#world.clock.now(),
    };
  }
}

function checkSubresource(resource: ServedResource, subresource: string | undefined): void {
  if (subresource === undefined) return;
  if (subresource === "status" && resource.subresources.status) return;
  if (subresource === "approval" && resource.subresources.approval === true) return;
  if (subresource === "finalize" && resource.kind === "Namespace") return;
  throw unknownResource();
}

function asObject(body: unknown, { group, version, kind }: ServedResource) {
  const given = typeof body === "object" && body !== null ? body : {};
  return { ...given, apiVersion: `${group}/${version}`, kind, metadata: {} };
}

/** Items of custom resources carry apiVersion and kind; those of built-in kinds do not. */
function listText(resource: ServedResource, items: readonly string[], meta: object): string {
  const prefix = typePrefix(resource);
  const texts = resource.custom
    ? items
    : items.map((item) => (item.startsWith(prefix) ? `{${item.slice(prefix.length)}` : item));
  const apiVersion =
    resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
  const head = JSON.stringify({ kind: resource.listKind, apiVersion, metadata: meta });
  return `${head.slice(0, -1)},"items":[${texts.join(",")}]}\n`;
}
