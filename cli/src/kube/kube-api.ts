import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { MapperkitError } from "@mapperkit/api";
import { loadKubeconfig } from "@mapperkit/cloudcore/kube";
import { z } from "zod";

/** Any object of a cluster. */
export interface AnyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

/** A kind that a server stores. */
export interface StoredKind {
  readonly apiVersion: string;
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly isNamespaced: boolean;
  readonly hasStatus: boolean;
}

const DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const PAGE = 500;

const discovered = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string().default("") }),
      versions: z.array(
        z.object({
          version: z.string(),
          resources: z.array(
            z.object({
              resource: z.string(),
              responseKind: z.object({ kind: z.string() }),
              scope: z.enum(["Namespaced", "Cluster"]),
              singularResource: z.string().default(""),
              shortNames: z.array(z.string()).default([]),
              verbs: z.array(z.string()),
              subresources: z.array(z.object({ subresource: z.string() })).default([]),
            }),
          ),
        }),
      ),
    }),
  ),
});

type Access = Awaited<ReturnType<typeof loadKubeconfig>>;

/** Lists and applies objects of every kind that a server has. */
export class KubeApi implements Disposable {
  readonly #access: Access;
  readonly #agent: Agent;

  private constructor(access: Access) {
    const { ca, certificate: cert, key, insecureSkipTlsVerify } = access;
    this.#access = access;
    this.#agent = new Agent({
      keepAlive: true,
      rejectUnauthorized: !insecureSkipTlsVerify,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && key !== undefined && { cert, key }),
    });
  }

  /** @throws MapperkitError `invalid_input` for a kubeconfig that cannot be read */
  static async open(kubeconfig: string): Promise<KubeApi> {
    return new KubeApi(await loadKubeconfig(kubeconfig));
  }

  /** Each kind once, in its preferred version. */
  async kinds(): Promise<StoredKind[]> {
    const found = new Map<string, StoredKind>();
    for (const root of ["/api", "/apis"]) {
      const answer = discovered.parse(await this.#send("GET", root, { accept: DISCOVERY }));
      for (const { metadata, versions } of answer.items) {
        for (const { version, resources } of versions) {
          for (const resource of resources) {
            const { verbs, responseKind, scope, subresources, singularResource } = resource;
            const id = `${resource.resource}.${metadata.name}`;
            if (found.has(id) || !verbs.includes("list") || !verbs.includes("create")) continue;
            found.set(id, {
              apiVersion: metadata.name === "" ? version : `${metadata.name}/${version}`,
              group: metadata.name,
              kind: responseKind.kind,
              plural: resource.resource,
              singular: singularResource,
              shortNames: resource.shortNames,
              isNamespaced: scope === "Namespaced",
              hasStatus: subresources.some(({ subresource }) => subresource === "status"),
            });
          }
        }
      }
    }
    return [...found.values()];
  }

  async list(kind: StoredKind): Promise<AnyObject[]> {
    const objects: AnyObject[] = [];
    let token = "";
    do {
      const query = token === "" ? "" : `&continue=${encodeURIComponent(token)}`;
      const path = `${rootOf(kind.apiVersion)}/${kind.plural}?limit=${PAGE}${query}`;
      const page = (await this.#send("GET", path)) as {
        items: object[];
        metadata: { continue?: string };
      };
      // The items of core kinds come without their type.
      const { apiVersion, kind: name } = kind;
      for (const item of page.items) objects.push({ apiVersion, kind: name, ...item } as AnyObject);
      token = page.metadata.continue ?? "";
    } while (token !== "");
    return objects;
  }

  /** Creates the object or brings it up to date, whoever owned its fields. */
  async apply(object: AnyObject, kind: StoredKind, subresource = ""): Promise<void> {
    const { name, namespace = "default" } = object.metadata;
    const where = kind.isNamespaced ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    const place = `${where}/${kind.plural}/${encodeURIComponent(name)}${subresource}`;
    const path = `${rootOf(object.apiVersion)}${place}?fieldManager=mapperkit-import&force=true`;
    await this.#send("PATCH", path, { body: object });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #send(
    method: string,
    path: string,
    o: { readonly accept?: string; readonly body?: object } = {},
  ): Promise<unknown> {
    const { server, token } = this.#access;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = {
        Accept: o.accept ?? "application/json",
        ...(o.body !== undefined && { "Content-Type": "application/apply-patch+yaml" }),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      };
      request(`${server}${path}`, { method, agent: this.#agent, headers }, resolve)
        .on("error", (cause) => reject(unreachable(server, cause)))
        .end(o.body === undefined ? undefined : JSON.stringify(o.body));
    });
    const content = parseAnswer(await text(answer));
    if ((answer.statusCode ?? 500) < 300) return content;
    const message = (content as { message?: string } | undefined)?.message;
    throw new MapperkitError("rejected", message ?? `${server} answered ${answer.statusCode}`);
  }
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function unreachable(server: string, cause: Error): MapperkitError {
  return new MapperkitError("unreachable", `${server} does not answer: ${cause.message}`, {
    cause,
  });
}

function parseAnswer(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // What is no JSON is no answer of an API server; its status code tells what is known.
    return undefined;
  }
}
