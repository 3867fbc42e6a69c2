import { chmod, writeFile } from "node:fs/promises";
import { MapperkitError } from "@mapperkit/api";
import { stringify } from "yaml";
import type { Streams } from "../output/streams.ts";
import type { AnyObject, KubeApi, StoredKind } from "./kube-api.ts";
import { type KubeStoreFlags, withKubernetes } from "./kubernetes-at-hand.ts";
import { inOrder, plainObject } from "./plain-object.ts";

export interface ExportFlags extends KubeStoreFlags {
  output?: string | undefined;
  kinds?: string[] | undefined;
  status: boolean;
}

/** What comes and goes by itself is left out, unless it is asked for by name. */
const PASSING = ["events", "leases", "endpoints", "endpointslices", "certificatesigningrequests"];
const SYSTEM_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];
const SECRET_MODE = 0o600;

/** Writes the objects as YAML that `kubectl apply -f` and `mapperkit kube import` take. */
export async function exportObjects(flags: ExportFlags, { out, err }: Streams): Promise<void> {
  const objects = await withKubernetes(flags, (api) => collect(api, flags.kinds ?? []));
  const plain = inOrder(objects).map((object) => plainObject(object, flags));
  // YAML 1.1, as kubectl reads it: there a bare ON is a boolean.
  const yaml = plain.map((object) => stringify(object, { version: "1.1" })).join("---\n");
  if (flags.output === undefined) {
    if (yaml !== "") out(yaml.trimEnd());
  } else {
    // Secrets are among them.
    await writeFile(flags.output, yaml, { mode: SECRET_MODE });
    await chmod(flags.output, SECRET_MODE);
  }
  err(`${plain.length} objects exported${flags.output ? ` to ${flags.output}` : ""}`);
}

async function collect(api: KubeApi, names: readonly string[]): Promise<AnyObject[]> {
  const kinds = await api.kinds();
  const chosen = names.length === 0 ? kinds.filter(isLasting) : names.map((name) => find(name));
  const objects: AnyObject[] = [];
  for (const kind of chosen) objects.push(...(await api.list(kind)));
  const isNamed = names.length > 0;
  return objects.filter((object) => !isLeaving(object) && (isNamed || !isGiven(object)));

  function find(name: string): StoredKind {
    const asked = name.toLowerCase();
    const found = kinds.find((kind) => namesOf(kind).includes(asked));
    if (found !== undefined) return found;
    const known = kinds.map(({ plural }) => plural).join(", ");
    throw new MapperkitError("invalid_input", `kind ${name} is not served; there are ${known}`);
  }
}

function namesOf({ plural, singular, kind, shortNames, group }: StoredKind): string[] {
  return [plural, singular, kind.toLowerCase(), ...shortNames, `${plural}.${group}`];
}

function isLasting({ plural }: StoredKind): boolean {
  return !PASSING.includes(plural);
}

function isLeaving({ metadata }: AnyObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** What every cluster has by itself, or makes out of other objects. */
function isGiven({ apiVersion, kind, metadata }: AnyObject): boolean {
  const { name, namespace, labels, ownerReferences } = metadata;
  const bootstrapping = (labels as Record<string, string> | undefined)?.[
    "kubernetes.io/bootstrapping"
  ];
  const owners = (ownerReferences ?? []) as { controller?: boolean }[];
  return (
    bootstrapping !== undefined ||
    owners.some(({ controller }) => controller === true) ||
    (kind === "Namespace" && SYSTEM_NAMESPACES.includes(name)) ||
    (kind === "ServiceAccount" && name === "default") ||
    (kind === "ConfigMap" && name === "kube-root-ca.crt") ||
    (apiVersion === "v1" && kind === "Service" && namespace === "default" && name === "kubernetes")
  );
}
