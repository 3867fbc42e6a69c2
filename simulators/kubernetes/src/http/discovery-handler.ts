import { createHash } from "node:crypto";
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
} from "../discovery/index.ts";
import type { OpenApiDocuments } from "../discovery/openapi-documents.ts";
import { negotiate } from "../representation/index.ts";
import type { DiscoveryPath, Exchange } from "../requests/index.ts";
import type { ResourceRegistry } from "../resources/index.ts";
import { methodNotAllowed } from "../status/index.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const OPENAPI_V2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/** A gnostic document with nothing but `swagger: "2.0"`: old kubectls only ask that there is one. */
const OPENAPI_V2_BODY = Uint8Array.of(0x0a, 0x03, 0x32, 0x2e, 0x30);
const YEAR_S = 365 * 24 * 3600;

/** Tells clients what is served, in the forms of three generations of clients. */
export class DiscoveryHandler {
  readonly #registry: ResourceRegistry;
  #documents: Promise<OpenApiDocuments> | undefined;
  readonly #aggregated = new Map<string, { epoch: number; text: string; etag: string }>();

  constructor(registry: ResourceRegistry) {
    this.#registry = registry;
  }

  async handle(exchange: Exchange, { root, group, version }: DiscoveryPath): Promise<void> {
    if (exchange.method !== "GET" && exchange.method !== "HEAD") throw methodNotAllowed();
    const isRoot = version === undefined && group === undefined;
    const shapes = isRoot ? (["APIGroupDiscoveryList"] as const) : [];
    const { shape, format } = negotiate(exchange.request.headers.accept, shapes);
    if (shape === "APIGroupDiscoveryList") return await this.#sendAggregated(exchange, root);
    const answer = this.#legacy(exchange, root, group, version);
    if (answer === undefined) return await sendNotFound(exchange);
    exchange.response.setHeader("Vary", "Accept");
    await exchange.send(200, answer, format);
  }

  #legacy(
    exchange: Exchange,
    root: "api" | "apis",
    group: string | undefined,
    version: string | undefined,
  ): object | undefined {
    const { localAddress, localPort } = exchange.request.socket;
    if (version !== undefined) return apiResourceList(this.#registry, group ?? "", version);
    if (group !== undefined) return apiGroup(this.#registry, group);
    if (root === "api") return apiVersions(`${localAddress}:${localPort}`);
    return apiGroupList(this.#registry);
  }

  async #sendAggregated(exchange: Exchange, root: "api" | "apis"): Promise<void> {
    const { text, etag } = this.#aggregatedText(root);
    const headers = { ETag: etag, Vary: "Accept", "Cache-Control": "public" };
    if (exchange.request.headers["if-none-match"] === etag) {
      exchange.begin(304, headers);
      exchange.response.end();
      return;
    }
    await exchange.sendText(200, text, { ...headers, "Content-Type": AGGREGATED });
  }

  #aggregatedText(root: "api" | "apis") {
    const { epoch } = this.#registry;
    const known = this.#aggregated.get(root);
    if (known?.epoch === epoch) return known;
    const text = JSON.stringify(aggregatedDiscovery(this.#registry, root));
    const etag = `"${createHash("sha256").update(text).digest("hex").toUpperCase()}"`;
    const made = { epoch, text, etag };
    this.#aggregated.set(root, made);
    return made;
  }

  /** The API reference is large, and many servers are never asked for it. */
  #loadDocuments(): Promise<OpenApiDocuments> {
    this.#documents ??= import("../discovery/openapi-documents.ts").then(
      ({ OpenApiDocuments: Documents }) => new Documents(this.#registry),
    );
    return this.#documents;
  }

  /** `/openapi/v2`, `/openapi/v3` and below; `segments` begin after `openapi`. */
  async openApi(exchange: Exchange, [version, ...path]: readonly string[]): Promise<void> {
    if (exchange.method !== "GET" && exchange.method !== "HEAD") throw methodNotAllowed();
    if (version === "v2" && path.length === 0) return await this.#openApiV2(exchange);
    if (version !== "v3") return await sendNotFound(exchange);
    if (path.length === 0) return await this.#openApiIndex(exchange);
    const key = path.join("/");
    const document = (await this.#loadDocuments()).document(key);
    if (document === undefined) return await sendNotFound(exchange);
    const asked = exchange.query.get("hash");
    if (asked !== null && asked !== document.hash) {
      const Location = `/openapi/v3/${key}?hash=${document.hash}`;
      return await exchange.sendText(301, "", { Location });
    }
    const etag = `"${document.hash}"`;
    const headers = {
      ETag: etag,
      Vary: "Accept",
      ...(asked === null ? {} : { "Cache-Control": `public, immutable, max-age=${YEAR_S}` }),
    };
    if (sendUnchanged(exchange, headers)) return;
    await exchange.sendText(200, document.text, { ...headers, "Content-Type": "application/json" });
  }

  async #openApiIndex(exchange: Exchange): Promise<void> {
    const documents = await this.#loadDocuments();
    const headers = { ETag: `"${documents.hash}"`, Vary: "Accept" };
    if (sendUnchanged(exchange, headers)) return;
    const text = JSON.stringify(documents.index());
    await exchange.sendText(200, text, { ...headers, "Content-Type": "text/plain; charset=utf-8" });
  }

  async #openApiV2(exchange: Exchange): Promise<void> {
    const headers = { ETag: `"${(await this.#loadDocuments()).hash}"`, Vary: "Accept" };
    if (sendUnchanged(exchange, headers)) return;
    await exchange.sendText(200, OPENAPI_V2_BODY, { ...headers, "Content-Type": OPENAPI_V2 });
  }
}

function sendUnchanged(exchange: Exchange, headers: { readonly ETag: string }): boolean {
  if (exchange.request.headers["if-none-match"] !== headers.ETag) return false;
  exchange.begin(304, headers);
  exchange.response.end();
  return true;
}

/** How the real server answers a path that nobody serves. */
export async function sendNotFound(exchange: Exchange): Promise<void> {
  const headers = {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
  };
  await exchange.sendText(404, "404 page not found\n", headers);
}
