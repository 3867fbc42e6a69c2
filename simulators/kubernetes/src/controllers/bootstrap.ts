import { BOOTSTRAP_BINDINGS, BOOTSTRAP_ROLES } from "../authorization/index.ts";
import { copyOf, createObject, type World, type WriteOptions } from "../objects/index.ts";
import { type Change, parseStored } from "../store/index.ts";

const SYSTEM_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];
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

  constructor(world: World, authorityPem: string) {
    this.#world = world;
    this.#authorityPem = authorityPem;
  }

  /** Resolves when the system namespaces are there. The returned function ends the following. */
  async start(): Promise<() => void> {
    const unsubscribe = this.#world.store.subscribe((change) => this.#observe(change));
    for (const name of SYSTEM_NAMESPACES) await this.#create("namespaces", "", name, {});
    for (const role of BOOTSTRAP_ROLES) await this.#createPolicy("clusterroles", role);
    for (const binding of BOOTSTRAP_BINDINGS) {
      await this.#createPolicy("clusterrolebindings", binding);
    }
    return unsubscribe;
  }

  #observe({ type, object }: Change): void {
    if (type === "ADDED" && object.resource === "namespaces") void this.#fill(object.name);
  }

  async #fill(namespace: string): Promise<void> {
    await this.#create("serviceaccounts", namespace, "default", {});
    const data = { "ca.crt": this.#authorityPem };
    await this.#create("configmaps", namespace, "kube-root-ca.crt", { data });
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
