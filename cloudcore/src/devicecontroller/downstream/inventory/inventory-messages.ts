import { MapperkitError } from "@mapperkit/api";
import { z } from "zod";
import type { BucketDigests, Inventory } from "./inventory.ts";

/** Where both ends compare: asked by the cloud, answered by the edge. Not KubeEdge's. */
export const INVENTORY_RESOURCE = "membership/inventory";

const texts = z.record(z.string().max(512), z.string().max(256));
const question = z.looseObject({ buckets: texts.optional() });
const answer = z.looseObject({ objects: texts });

/** The digests in an edge's question for its devices; undefined for an edge that does not compare. */
export function digestsIn(content: unknown): BucketDigests | undefined {
  const { data } = question.safeParse(typeof content === "string" ? jsonOf(content) : content);
  return data?.buckets && new Map(Object.entries(data.buckets));
}

/** @throws MapperkitError `invalid_input` */
export function parseInventory(content: unknown): Inventory {
  const result = answer.safeParse(content);
  if (result.success) return new Map(Object.entries(result.data.objects));
  const faults = z.prettifyError(result.error);
  throw new MapperkitError("invalid_input", `${INVENTORY_RESOURCE}: ${faults}`);
}

/** KubeEdge's edge sends JSON in a string. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
