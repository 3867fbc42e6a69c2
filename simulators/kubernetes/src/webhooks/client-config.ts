import { parseStored, type Store } from "../store/index.ts";
import type { WebhookTarget } from "./https-transport.ts";

const HTTPS_PORT = 443;

/** Where a webhook is, as its configuration says. */
export interface ClientConfig {
  readonly url?: string | undefined;
  readonly service?:
    | {
        readonly namespace: string;
        readonly name: string;
        readonly path?: string | undefined;
        readonly port?: number | undefined;
      }
    | undefined;
  /** base64 of PEM */
  readonly caBundle?: string | undefined;
}

interface ServiceShape {
  readonly spec?: {
    readonly externalName?: string;
    readonly ports?: readonly { readonly name?: string; readonly port?: number }[];
  };
}

interface EndpointsShape {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip: string }[];
    readonly ports?: readonly { readonly name?: string; readonly port: number }[];
  }[];
}

/**
 * The URL of a webhook. One behind a service is called by the service's name at the address that its
 * Endpoints or its externalName give: this server has no cluster network.
 * @throws Error in the real server's words when there is no such service or nobody behind it
 */
export function webhookTarget(store: Store, config: ClientConfig, query = ""): WebhookTarget {
  const { service, caBundle } = config;
  const url = `${webhookUrl(config)}${query}`;
  if (service === undefined) return { url, caBundle };
  const { namespace, name, port = HTTPS_PORT } = service;
  return { url, caBundle, address: addressOf(store, namespace, name, port) };
}

/** What the real server would call, and errors name. */
export function webhookUrl({ url, service }: ClientConfig): string {
  if (url !== undefined) return url;
  const { namespace = "", name = "", path = "", port = HTTPS_PORT } = service ?? {};
  const slash = path === "" || path.startsWith("/") ? "" : "/";
  return `https://${name}.${namespace}.svc:${port}${slash}${path}`;
}

function addressOf(store: Store, namespace: string, name: string, port: number) {
  const stored = store.get("services", namespace, name);
  if (stored === undefined) throw new Error(`service ${JSON.stringify(name)} not found`);
  const { spec } = parseStored(stored) as ServiceShape;
  if (spec?.externalName) return { host: spec.externalName, port };
  const named = spec?.ports?.find((each) => each.port === port);
  if (named === undefined)
    throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const endpoints = store.get("endpoints", namespace, name);
  const { subsets = [] } = endpoints ? (parseStored(endpoints) as EndpointsShape) : {};
  for (const { addresses = [], ports = [] } of subsets) {
    const [address] = addresses;
    const behind = ports.find((each) => (each.name ?? "") === (named.name ?? ""));
    if (address !== undefined && behind !== undefined)
      return { host: address.ip, port: behind.port };
  }
  throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
}
