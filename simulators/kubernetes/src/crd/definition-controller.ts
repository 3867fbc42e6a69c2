import type { Log } from "@mapperkit/runtime";
import {
  encoder,
  isFinished,
  type KubeObject,
  markDeleted,
  sameJson,
  secondsTimestamp,
  type World,
} from "../objects/index.ts";
import { type Change, parseStored } from "../store/index.ts";
import type { WebhookTransport } from "../webhooks/index.ts";
import { createConverter } from "./conversion.ts";
import { customResources } from "./custom-resources.ts";
import {
  CLEANUP_FINALIZER,
  type Definition,
  type DefinitionStatus,
  isConditionTrue,
  withCondition,
} from "./definition.ts";
import { DEFINITIONS } from "./definition-resource.ts";
import { findNameConflict } from "./name-conflicts.ts";

/**
 * Accepts names, establishes definitions and serves them, in the same turn in which a definition is
 * written; removes the instances of those that are deleted.
 */
export class DefinitionController {
  readonly #world: World;
  readonly #log: Log;
  readonly #transport: WebhookTransport;
  /** Told when a resource is served in another way than before. */
  readonly #onServed: (storage: string) => void;
  /** By definition: what its served resources were made from. */
  readonly #served = new Map<string, string>();

  constructor(
    world: World,
    o: {
      readonly log: Log;
      readonly transport: WebhookTransport;
      readonly onServed: (storage: string) => void;
    },
  ) {
    this.#world = world;
    this.#log = o.log;
    this.#transport = o.transport;
    this.#onServed = o.onServed;
  }

  /** Serves what the store holds and follows it from now on. Must come before other listeners. */
  start(): () => void {
    for (const stored of this.#world.store.list(DEFINITIONS)) {
      this.#reconcile(parseStored(stored) as Definition);
    }
    return this.#world.store.subscribe((change) => this.#observe(change));
  }

  #observe({ type, object }: Change): void {
    if (object.resource !== DEFINITIONS) {
      if (type === "DELETED") this.#finishDeletion(object.resource);
      return;
    }
    if (type === "DELETED") this.#stopServing(object.name);
    else this.#reconcile(parseStored(object) as Definition);
  }

  #reconcile(definition: Definition): void {
    const name = definition.metadata.name ?? "";
    const stored = this.#world.store.get(DEFINITIONS, "", name);
    // A later write has come in between; its own change follows.
    if (String(stored?.resourceVersion) !== definition.metadata.resourceVersion) return;
    const status = this.#nextStatus(definition);
    if (!sameJson(status, definition.status)) {
      this.#write({ ...definition, status });
      return;
    }
    if (isConditionTrue(status, "Established")) this.#serve(definition);
    if (definition.metadata.deletionTimestamp !== undefined) this.#removeInstances(definition);
  }

  #nextStatus({ spec, status = {}, metadata }: Definition): DefinitionStatus {
    const lastTransitionTime = secondsTimestamp(this.#world.clock.now());
    const others = this.#world.store
      .list(DEFINITIONS)
      .filter((stored) => stored.name !== metadata.name)
      .map((stored) => parseStored(stored) as Definition);
    const conflict = findNameConflict(spec, others);
    const accepted = withCondition(status, {
      type: "NamesAccepted",
      status: conflict === undefined ? "True" : "False",
      lastTransitionTime,
      reason: conflict?.reason ?? "NoConflicts",
      message: conflict?.message ?? "no conflicts found",
    });
    if (conflict !== undefined && !isConditionTrue(status, "Established")) {
      return withCondition(accepted, {
        type: "Established",
        status: "False",
        lastTransitionTime,
        reason: "NotAccepted",
        message: "not all names are accepted",
      });
    }
    if (conflict === undefined) accepted.acceptedNames = { ...spec.names };
    return withCondition(accepted, {
      type: "Established",
      status: "True",
      lastTransitionTime,
      reason: "InitialNamesAccepted",
      message: "the initial names have been accepted",
    });
  }

  #serve(definition: Definition): void {
    const name = definition.metadata.name ?? "";
    const { spec, metadata } = definition;
    const signature = JSON.stringify([spec, metadata.uid, metadata.deletionTimestamp]);
    const before = this.#served.get(name);
    if (before === signature) return;
    this.#served.set(name, signature);
    const convert = createConverter(spec.conversion, {
      store: this.#world.store,
      transport: this.#transport,
    });
    this.#world.registry.setCustom(name, customResources(definition, convert));
    if (before !== undefined) this.#onServed(name);
    else this.#log.debug("custom resource served", { definition: name });
  }

  #stopServing(name: string): void {
    this.#served.delete(name);
    this.#world.registry.setCustom(name, []);
    this.#onServed(name);
    this.#log.debug("custom resource no longer served", { definition: name });
  }

  /** Instances whose finalizers hold them delay the end of their definition. */
  #removeInstances({ spec, metadata }: Definition): void {
    const storage = metadata.name ?? "";
    const [version] = spec.versions.filter((item) => item.served);
    const resource =
      version && this.#world.registry.find(spec.group, version.name, spec.names.plural);
    if (resource !== undefined) {
      for (const instance of [...this.#world.store.list(storage)]) {
        const { namespace, name } = instance;
        markDeleted(this.#world, { resource, namespace, name }, instance);
      }
    }
    this.#finishDeletion(storage);
  }

  #finishDeletion(storage: string): void {
    const stored = this.#world.store.get(DEFINITIONS, "", storage);
    if (stored === undefined || this.#world.store.list(storage).length > 0) return;
    const definition = parseStored(stored) as Definition;
    const { metadata } = definition;
    if (metadata.deletionTimestamp === undefined) return;
    const finalizers = metadata.finalizers?.filter((item) => item !== CLEANUP_FINALIZER) ?? [];
    if (finalizers.length === metadata.finalizers?.length) return;
    const { finalizers: _, ...rest } = metadata;
    this.#write({
      ...definition,
      metadata: finalizers.length > 0 ? { ...rest, finalizers } : rest,
    });
  }

  #write(definition: Definition): void {
    const { name = "", uid = "" } = definition.metadata;
    const write = {
      resource: DEFINITIONS,
      namespace: "",
      name,
      uid,
      encode: encoder(definition as KubeObject),
    };
    if (isFinished(definition)) this.#world.store.remove(write);
    else this.#world.store.put(write);
  }
}
