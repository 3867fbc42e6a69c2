import { encodeAll, groupVersion, type KubeObject } from "../objects/index.ts";
import { type Representation, represent } from "../representation/index.ts";
import type { ServedResource } from "../resources/index.ts";
import { internalError, StatusError } from "../status/index.ts";
import type { ChangeType, StoredObject } from "../store/index.ts";

/** Makes the lines of watches of one resource in one form. */
export class WatchEvents {
  /** Equal for watches that send equal bytes. */
  readonly key: string;
  readonly #resource: ServedResource;
  readonly #representation: Representation;

  constructor(resource: ServedResource, representation: Representation) {
    const { accepted, includeObject } = representation;
    this.#resource = resource;
    this.#representation = representation;
    this.key = `${resource.group}/${resource.version} ${accepted.shape ?? ""} ${includeObject}`;
  }

  get isTable(): boolean {
    return this.#representation.accepted.shape === "Table";
  }

  /** The stored text goes out as it is where nothing is to be changed about it. */
  async ofStored(type: ChangeType, stored: StoredObject): Promise<Buffer> {
    const [text = stored.json] = await encodeAll(this.#resource, [stored]);
    return Buffer.from(`{"type":"${type}","object":${text}}\n`);
  }

  ofObject(type: ChangeType, object: KubeObject, o: { now: number; columns: boolean }): Buffer {
    const shown = represent(this.#resource, object, { ...this.#representation, now: o.now });
    const isBare = this.isTable && !o.columns;
    return line(type, isBare ? { ...shown, columnDefinitions: null } : shown);
  }

  bookmark(version: number, more: object): Buffer {
    const metadata = { resourceVersion: String(version), ...more };
    if (this.isTable) {
      const empty = { kind: "Table", apiVersion: "meta.k8s.io/v1", metadata, rows: [] };
      return line("BOOKMARK", { ...empty, columnDefinitions: null });
    }
    const { group, version: served, kind } = this.#resource;
    return line("BOOKMARK", { kind, apiVersion: groupVersion(group, served), metadata });
  }
}

/** The last line of a watch that cannot go on. */
export function errorEvent(error: unknown): Buffer {
  const status =
    error instanceof StatusError ? error : internalError("the watch could not be continued", error);
  return line("ERROR", status.toStatus());
}

function line(type: string, object: object): Buffer {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}
