import { createHash } from "node:crypto";
import { type DeviceId, MapperkitError, parseResource, resources } from "@mapperkit/api";
import { z } from "zod";
import type { EdgeDatabase } from "../database/edge-database.ts";

/** Where cloud and edge compare what the edge holds. Not KubeEdge's. */
export const INVENTORY_RESOURCE = "membership/inventory";
/** Under this annotation the cloud gives an object its version. */
const LINK_VERSION = "mapperkit.io/link-version";

/** What this edge holds of the cloud's objects, for the comparison after each connect. */
export interface CloudInventory {
  /** A digest of each bucket that holds anything. */
  digests(): Promise<Record<string, string>>;
  /** The objects of these buckets with their versions, for a `membership/inventory` answer. */
  objectsOf(content: unknown): Promise<Record<string, string>>;
}

const question = z.looseObject({ buckets: z.array(z.string()).max(256) });
const stored = z.looseObject({
  metadata: z.looseObject({
    uid: z.string().optional(),
    annotations: z.record(z.string(), z.unknown()).nullish(),
  }),
});

/** Reads the rows themselves: only what is durable counts as held. */
export class EdgeInventory implements CloudInventory {
  readonly #database: Pick<EdgeDatabase, "rows">;

  constructor(database: Pick<EdgeDatabase, "rows">) {
    this.#database = database;
  }

  async digests(): Promise<Record<string, string>> {
    const lines = new Map<string, string[]>();
    for (const [resource, version] of await this.#held()) {
      const bucket = bucketOf(resource);
      const line = `${resource} ${version}\n`;
      const known = lines.get(bucket);
      if (known) known.push(line);
      else lines.set(bucket, [line]);
    }
    return Object.fromEntries([...lines].map(([bucket, each]) => [bucket, digestOf(each)]));
  }

  /** @throws MapperkitError `invalid_input` */
  async objectsOf(content: unknown): Promise<Record<string, string>> {
    const { success, data, error } = question.safeParse(content);
    if (!success) {
      const faults = z.prettifyError(error);
      throw new MapperkitError("invalid_input", `${INVENTORY_RESOURCE}: ${faults}`);
    }
    const asked = new Set(data.buckets);
    const held = [...(await this.#held())].filter(([resource]) => asked.has(bucketOf(resource)));
    return Object.fromEntries(held);
  }

  /** A device of which there is no object yet has no version; an object without its device is none. */
  async #held(): Promise<Map<string, string>> {
    const [devices, objects] = await Promise.all([
      this.#database.rows("devices"),
      this.#database.rows("meta"),
    ]);
    const held = new Map(devices.map(([id]) => [resources.device(String(id) as DeviceId), ""]));
    for (const [key, , value] of objects) {
      const { kind } = parseResource(String(key));
      const isHeld = kind === "devicemodel" || (kind === "device" && held.has(String(key)));
      if (isHeld) held.set(String(key), versionOf(String(value)));
    }
    return held;
  }
}

/** Of an object that an older cloud sent, only the uid is known. */
function versionOf(value: string): string {
  const { data } = stored.safeParse(jsonOf(value));
  if (!data) return "";
  const { uid = "", annotations } = data.metadata;
  const version = annotations?.[LINK_VERSION];
  return typeof version === "string" ? version : `${uid}.`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The cloud sorts objects into the same 256 buckets and reckons the same digests. */
function bucketOf(resource: string): string {
  return createHash("sha256").update(resource).digest("hex").slice(0, 2);
}

function digestOf(lines: string[]): string {
  return createHash("sha256").update(lines.sort().join("")).digest("base64url").slice(0, 16);
}
