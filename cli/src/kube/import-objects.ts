import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { MapperkitError } from "@mapperkit/api";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { Streams } from "../output/streams.ts";
import type { AnyObject, KubeApi, StoredKind } from "./kube-api.ts";
import { type KubeStoreFlags, withKubernetes } from "./kubernetes-at-hand.ts";
import { inOrder, plainObject } from "./plain-object.ts";

export interface ImportFlags extends KubeStoreFlags {
  file: string;
}

const object = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({ name: z.string().min(1) }),
});
const list = z.looseObject({ kind: z.string().endsWith("List"), items: z.array(z.unknown()) });

/**
 * Applies the objects of a YAML file, `-` for standard input. Goes on after an object that is
 * refused, so that one run tells of all.
 * @throws MapperkitError `rejected` when some were refused
 */
export async function importObjects(flags: ImportFlags, { out, err }: Streams): Promise<void> {
  const objects = inOrder(readObjects(flags.file, await readText(flags.file)));
  const refused = await withKubernetes(flags, async (api) => {
    let kinds = await api.kinds();
    let count = 0;
    for (const each of objects) {
      const title = `${each.kind.toLowerCase()}/${each.metadata.name}`;
      try {
        // A definition among the objects before makes new kinds.
        if (findKind(kinds, each) === undefined) kinds = await api.kinds();
        await apply(api, each, findKind(kinds, each));
        out(`${title} applied`);
      } catch (error) {
        if (!(error instanceof MapperkitError) || error.code === "unreachable") throw error;
        count += 1;
        err(`${title}: ${error.message}`);
      }
    }
    return count;
  });
  if (refused > 0) {
    throw new MapperkitError("rejected", `${refused} of ${objects.length} objects were refused`);
  }
}

async function apply(api: KubeApi, each: AnyObject, kind: StoredKind | undefined): Promise<void> {
  if (kind === undefined) {
    throw new MapperkitError("not_found", `no kind ${each.kind} in version ${each.apiVersion}`);
  }
  await api.apply(plainObject(each, { status: !kind.hasStatus }), kind);
  const { status } = plainObject(each, { status: true });
  if (status === undefined || !kind.hasStatus) return;
  const { apiVersion, kind: name, metadata } = each;
  const { namespace } = metadata;
  const place = { name: metadata.name, ...(namespace !== undefined && { namespace }) };
  await api.apply({ apiVersion, kind: name, metadata: place, status }, kind, "/status");
}

function findKind(kinds: readonly StoredKind[], { apiVersion, kind }: AnyObject) {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return kinds.find((each) => each.kind === kind && each.group === group);
}

async function readText(file: string): Promise<string> {
  if (file === "-") return await text(process.stdin);
  return await readFile(file, "utf8").catch((cause: unknown) => {
    throw new MapperkitError("invalid_input", `${file} cannot be read`, { cause });
  });
}

/** The objects of a text, those inside lists included. @throws MapperkitError `invalid_input` */
export function readObjects(file: string, yaml: string): AnyObject[] {
  // kubectl reads YAML 1.1.
  return parseAllDocuments(yaml, { version: "1.1" }).flatMap((document, index) => {
    const where = `${file}, document ${index + 1}`;
    const [fault] = document.errors;
    if (fault !== undefined) {
      throw new MapperkitError("invalid_input", `${where}: ${fault.message}`);
    }
    return flatten(document.toJS(), where);
  });
}

function flatten(value: unknown, where: string): AnyObject[] {
  if (value === null || value === undefined) return [];
  const many = list.safeParse(value);
  if (many.success) return many.data.items.flatMap((item) => flatten(item, where));
  const one = object.safeParse(value);
  if (one.success) return [one.data as AnyObject];
  const why = z.prettifyError(one.error);
  throw new MapperkitError("invalid_input", `${where}: not a Kubernetes object:\n${why}`);
}
