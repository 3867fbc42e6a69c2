import type { Log, Outcome } from "@mapperkit/runtime";
import { BOOTSTRAP_BINDINGS, BOOTSTRAP_ROLES } from "../authorization/index.ts";
import {
  copyOf,
  createObject,
  type KubeObject,
  type World,
  type WriteOptions,
} from "../objects/index.ts";
import { type Change, parseStored } from "../store/index.ts";
import { kind, startLoop } from "./cluster/index.ts";

const SYSTEM_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];
const NAMESPACES = kind<KubeObject>("", "namespaces", "Namespace");
const ACCOUNTS = kind<KubeObject>("", "serviceaccounts", "ServiceAccount");
const CONFIG_MAPS = kind<KubeObject>("", "configmaps", "ConfigMap");
const ACCOUNT = "default";
const AUTHORITY = "kube-root-ca.crt";
const OPTIONS: WriteOptions = {
  dryRun: false,
  fieldManager: "mapperkit-kubernetes",
  fieldValidation: "Ignore",
  warn: () => undefined,
};

/** What every cluster has: the system namespaces, and in each namespace the account and CA of its pods. */
export class Bootstrap {
  readonly #world: World;
  readonly #authorityPem: string;
  readonly #log: Log;

  constructor(world: World, authorityPem: string, log: Log) {
    this.#world = world;
    this.#authorityPem = authorityPem;
    this.#log = log;
  }

  /** Resolves when the system namespaces are there. The returned function ends the following. */
  async start(): Promise<() => void> {
    const stop = startLoop(this.#world, this.#log, {
      name: "namespace-defaults",
      follows: [NAMESPACES, ACCOUNTS, CONFIG_MAPS],
      keysOf: concerned,
      reconcile: (namespace) => this.#fill(namespace),
    });
    for (const name of SYSTEM_NAMESPACES) await this.#create("namespaces", "", name, {});
    for (const role of BOOTSTRAP_ROLES) await this.#createPolicy("clusterroles", role);
    for (const binding of BOOTSTRAP_BINDINGS) {
      await this.#createPolicy("clusterrolebindings", binding);
    }
    return stop;
  }

  /** What users delete comes back, as long as the namespace stays. */
  async #fill(namespace: string): Promise<Outcome> {
    if (this.#world.store.get(NAMESPACES.storage, "", namespace) === undefined) return undefined;
    await this.#create(ACCOUNTS.plural, namespace, ACCOUNT, {});
    const data = { "ca.crt": this.#authorityPem };
    await this.#create(CONFIG_MAPS.plural, namespace, AUTHORITY, { data });
    return undefined;
  }

  async #create(plural: string, namespace: string, name: string, more: object): Promise<void> {
    const { registry, store } = this.#world;
    const resource = registry.find("", "v1", plural);
    if (resource === undefined || store.get(resource.storage, namespace, name)) return;
    if (namespace !== "" && !this.#isActive(namespace)) return;
    await createObject(
      this.#world,
      { resource, namespace },
      { metadata: { name }, ...more },
      OPTIONS,
    );
  }

  async #createPolicy(plural: string, body: object): Promise<void> {
    const { registry, store } = this.#world;
    const resource = registry.find("rbac.authorization.k8s.io", "v1", plural);
    const { name } = (body as { metadata: { name: string } }).metadata;
    if (resource === undefined || store.get(resource.storage, "", name)) return;
    await createObject(this.#world, { resource, namespace: "" }, copyOf(body), OPTIONS);
  }

  #isActive(namespace: string): boolean {
    const stored = this.#world.store.get("namespaces", "", namespace);
    return stored !== undefined && parseStored(stored).metadata.deletionTimestamp === undefined;
  }
}

/** New namespaces, and those that lost what each has. */
function concerned({ type, object }: Change): string[] {
  const { resource, namespace, name } = object;
  if (resource === NAMESPACES.storage) return type === "ADDED" ? [name] : [];
  const isOurs = name === (resource === ACCOUNTS.storage ? ACCOUNT : AUTHORITY);
  return type === "DELETED" && isOurs ? [namespace] : [];
}
