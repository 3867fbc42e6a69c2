import { MapperkitError } from "@mapperkit/api";
import {
  type DeviceFileMap,
  PROFILE_KEY,
  type ProfileRef,
  type ProfileStore,
} from "../../devicecontroller/index.ts";
import type { KubeClient } from "../client/kube-client.ts";
import { CONFIG_MAPS } from "../client/kube-resource.ts";

/** By which ours are found; a node's name may be too long for a label. */
const LABEL = "mapperkit.io/device-profile";
const NODE = "mapperkit.io/node";

/** Device profiles as ConfigMaps. */
export class KubeProfileStore implements ProfileStore {
  readonly #client: KubeClient;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async write(ref: ProfileRef, text: string, signal: AbortSignal): Promise<DeviceFileMap> {
    const { namespace, name, node } = ref;
    const metadata = { labels: { [LABEL]: "true" }, annotations: { [NODE]: node } };
    const data = { [PROFILE_KEY]: text };
    try {
      const options = { patch: { metadata, data }, signal };
      return await this.#client.mergePatch(CONFIG_MAPS, { namespace, name }, options);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    const kind = { apiVersion: "v1", kind: "ConfigMap" };
    const object = { ...kind, metadata: { ...metadata, namespace, name }, data };
    return this.#client.create(CONFIG_MAPS, object, { signal });
  }

  async delete({ namespace, name }: ProfileRef, signal: AbortSignal): Promise<void> {
    await this.#client.delete(CONFIG_MAPS, { namespace, name }, signal).catch((error) => {
      if (!isMissing(error)) throw error;
    });
  }

  async list(signal: AbortSignal): Promise<readonly ProfileRef[]> {
    const refs: ProfileRef[] = [];
    let token: string | undefined;
    do {
      // A page of files of 1 MiB each is read at once.
      const query = { limit: 10, labelSelector: LABEL, ...(token && { continue: token }) };
      const page = await this.#client.listPage(CONFIG_MAPS, query, signal);
      for (const { metadata } of page.items) {
        const annotations = metadata.annotations as Record<string, string> | undefined;
        const node = annotations?.[NODE];
        const { name, namespace = "default" } = metadata;
        if (node) refs.push({ node, namespace, name });
      }
      token = page.continueToken;
    } while (token);
    return refs;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof MapperkitError && error.code === "not_found";
}
