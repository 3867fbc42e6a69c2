import { join } from "node:path";
import { MapperkitError } from "@mapperkit/api";
import { type Clock, type Component, type Log, listen, type Random } from "@mapperkit/runtime";
import { AdmissionChain, WebhookAdmission } from "./admission/index.ts";
import {
  AccountTokens,
  Authenticator,
  type Credentials,
  kubeconfigText,
  loadCredentials,
  SigningKey,
  writeSecret,
} from "./auth/index.ts";
import { EscalationCheck, Rbac } from "./authorization/index.ts";
import { Background } from "./background.ts";
import { RequestAdmission, SigningController } from "./certificates/index.ts";
import {
  Bootstrap,
  GarbageCollector,
  NamespaceController,
  startMaintenance,
  startWorkloads,
} from "./controllers/index.ts";
import { DefinitionController, definitionResource } from "./crd/index.ts";
import { ApiServer } from "./http/index.ts";
import type { KubernetesConfig } from "./kubernetes-config.ts";
import type { World } from "./objects/index.ts";
import { coreResources, ResourceRegistry, reviewResources } from "./resources/index.ts";
import { openDatabase, openMemory, Store, type StoreOptions } from "./store/index.ts";
import { WatchHub } from "./watch/index.ts";
import { HttpsTransport } from "./webhooks/index.ts";

export interface KubernetesPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A small persistent Kubernetes API server that learns its resources from CustomResourceDefinitions. */
export interface Kubernetes extends Component {
  /** `https://host:port`; known once started */
  readonly url: string;
  /** The file that kubectl needs; written when started */
  readonly kubeconfigFile: string;
}

export function createKubernetes(config: KubernetesConfig, ports: KubernetesPorts): Kubernetes {
  return new EmbeddedKubernetes(config, ports);
}

class EmbeddedKubernetes implements Kubernetes {
  readonly name = "kubernetes";
  readonly kubeconfigFile: string;
  readonly #config: KubernetesConfig;
  readonly #ports: KubernetesPorts;
  /** Undone in reverse. */
  readonly #undo: (() => void | Promise<void>)[] = [];
  #url: string | undefined;
  #background: Background | undefined;

  constructor(config: KubernetesConfig, ports: KubernetesPorts) {
    this.#config = config;
    this.#ports = ports;
    this.kubeconfigFile = config.kubeconfigFile ?? join(config.dataDir, "kubeconfig");
  }

  get url(): string {
    if (this.#url === undefined) throw new MapperkitError("internal", "kubernetes is not started");
    return this.#url;
  }

  async start(signal: AbortSignal): Promise<void> {
    try {
      await this.#start(signal);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (let undo = this.#undo.pop(); undo; undo = this.#undo.pop()) await undo();
  }

  async #start(signal: AbortSignal): Promise<void> {
    const { dataDir, memory, host, port, whenPortTaken } = this.#config;
    const { clock, random, log } = this.#ports;
    // The store comes first: it makes sure that the folder is ours alone.
    const { db, wasEmpty } = memory ? openMemory() : openDatabase(dataDir);
    const store = new Store(db, clock, this.#watchStore());
    this.#undo.push(() => store.close());
    const { credentials, isNew } = await loadCredentials(dataDir, clock.now());
    if (wasEmpty && !isNew && !memory) {
      log.warn(
        "the database is empty although this folder was used before: the cluster begins anew",
        {
          dataDir,
        },
      );
    }
    signal.throwIfAborted();
    const builtIn = [...coreResources(), definitionResource(), ...reviewResources()];
    const unguarded: World = { store, registry: new ResourceRegistry(builtIn), clock, random };
    const rbac = new Rbac(store);
    const transport = new HttpsTransport();
    this.#undo.push(() => transport.close());
    const admission = new AdmissionChain([
      new RequestAdmission(),
      new EscalationCheck(rbac),
      new WebhookAdmission(unguarded, { transport, log }),
    ]);
    const world: World = { ...unguarded, admission };
    const hub = this.#startControllers(world, transport, credentials);
    // What every cluster has is made whatever webhooks say: they may not run yet.
    const bootstrap = new Bootstrap(unguarded, credentials.authorityPem, log);
    const settled = store.witness();
    this.#undo.push(await bootstrap.start());
    await settled();
    const tokens = new AccountTokens({ key: new SigningKey(dataDir), store, clock });
    const authenticator = new Authenticator(credentials.adminToken, tokens);
    const api = new ApiServer({ world, hub, keys: credentials, authenticator, rbac, tokens, log });
    this.#undo.push(() => api.close());
    const taken = await listen(api.server, { host, port, whenTaken: whenPortTaken });
    this.#url = `https://${host.includes(":") ? `[${host}]` : host}:${taken}`;
    await writeSecret(this.kubeconfigFile, kubeconfigText(this.#url, credentials));
    log.info("kubernetes is ready", { url: this.#url, kubeconfig: this.kubeconfigFile });
  }

  /** Whoever began with an older release has no key to sign with: requests stay unsigned. */
  #signing(world: World, { authorityPem, authorityKeyPem }: Credentials): (() => void)[] {
    if (authorityKeyPem === undefined) return [];
    const authority = { certificatePem: authorityPem, privateKeyPem: authorityKeyPem };
    return [new SigningController(world, authority, this.#ports.log).start()];
  }

  #watchStore(): StoreOptions {
    const { log } = this.#ports;
    return {
      onLost: (why) => {
        log.error("a write was lost", { error: why.message });
        this.#background?.beginAnew();
      },
      onUpkeepFailed: (cause) => {
        log.warn("the past could not be forgotten now", { error: String(cause) });
      },
    };
  }

  #startControllers(world: World, transport: HttpsTransport, credentials: Credentials): WatchHub {
    const { log, clock } = this.#ports;
    const onServed = (storage: string) => hub.close(storage);
    const definitions = new DefinitionController(world, { log, transport, onServed });
    // Definitions first: a new resource is served before a watch tells of its definition.
    this.#undo.push(definitions.start());
    const hub = new WatchHub(world.store, (reason, resource) => {
      log.info("watch ended by the server", { reason, resource });
    });
    const background = new Background(clock, () => [
      new NamespaceController(world).start(),
      new GarbageCollector(world).start(),
      startMaintenance(world),
      startWorkloads(world, log),
      ...this.#signing(world, credentials),
    ]);
    background.start();
    this.#undo.push(() => background.stop());
    this.#background = background;
    return hub;
  }
}
