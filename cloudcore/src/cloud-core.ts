import { createServer as createTlsServer } from "node:https";
import {
  type Clock,
  type Component,
  ComponentGroup,
  type Log,
  type Random,
} from "@mapperkit/runtime";
import { AdmissionRegistration } from "./admission/index.ts";
import { CertificateServer } from "./certificate-server/index.ts";
import { HubCertificates } from "./certificates/index.ts";
import type { CloudCoreConfig } from "./cloud-core-config.ts";
import { cloudMetrics } from "./cloud-metrics.ts";
import {
  CloudHub,
  dispatchBySource,
  type HubConfig,
  identifyByCertificate,
} from "./cloudhub/index.ts";
import { ConversionWebhook } from "./conversion-webhook/index.ts";
import { DeviceCrds } from "./crds/index.ts";
import { DeviceController } from "./devicecontroller/index.ts";
import { EdgeController } from "./edgecontroller/index.ts";
import {
  deviceReflectors,
  KubeClient,
  KubeEventLog,
  KubeNodeObjects,
  KubeProfileStore,
  KubeStatusStore,
  loadKubeconfig,
} from "./kube/index.ts";
import { Monitor } from "./monitoring/index.ts";
import { alone, createReplicas } from "./replicas/index.ts";
import { answerUploads, Router } from "./router/index.ts";
import { KubeObjectSyncs, objectSyncReflector, SyncController } from "./synccontroller/index.ts";
import { SharedTokenKeeper } from "./tokens/index.ts";

export interface CloudCore extends Component {
  /** 0 until started. */
  readonly hubPort: number;
  /** 0 until started, and when the hub has no TLS. */
  readonly certificatePort: number;
  /** 0 until started, and when metrics are not served. */
  readonly monitorPort: number;
  /** 0 until started, and when the webhook is not enabled. */
  readonly webhookPort: number;
  /** 0 until started, and when rules are not carried out. */
  readonly routerPort: number;
}

/**
 * Joins the cloud's parts. start() waits for the API server as long as that takes; edges are let in
 * only when all devices are known, since they are told an exact list.
 */
export function createCloudCore(
  config: CloudCoreConfig,
  { clock, random, log }: { clock: Clock; random: Random; log: Log },
): CloudCore {
  const tools = { clock, random, log };
  const client = new KubeClient({ loadAccess: () => loadKubeconfig(config.kubeconfig), clock });
  const webhook = new ConversionWebhook({ ...tools, config: config.webhook, client });
  const crds = new DeviceCrds({
    ...tools,
    mode: config.crds,
    client,
    webhook: () => webhook.clientConfig,
  });
  const admission = new AdmissionRegistration({
    ...{ ...tools, mode: config.crds, client },
    webhook: () => (crds.isWebhookReached ? webhook.admissionConfig : undefined),
  });
  const events = new KubeEventLog({ ...tools, client });
  const secure = secureHub(config.hub, {
    ...{ ...tools, client },
    onJoined: (node) => syncs.nodeEmptied(node),
  });
  const hub = new CloudHub({ config: config.hub, clock, log, ...secure?.door });
  const replicas =
    config.replicas === "one"
      ? alone
      : createReplicas({
          ...{ ...tools, client },
          onMoved: (node, holder) => hub.endSession(node, `the node is connected to ${holder}`),
          onOwnershipChanged: (node) => devices.ownershipChanged(node),
        });
  const syncs = new SyncController({ ...tools, link: hub, store: new KubeObjectSyncs(client) });
  const devices = new DeviceController({
    ...tools,
    link: syncs,
    held: syncs,
    ownership: replicas,
    store: new KubeStatusStore(client),
    transitions: events,
    ...(config.deviceProfiles === "write" && { profiles: new KubeProfileStore(client) }),
    statusIntervalMs: config.statusIntervalMs,
  });
  const objects = new KubeNodeObjects(client);
  const isLeader = () => replicas.isLeader;
  const nodes = new EdgeController({
    ...{ objects, link: hub, isLeader, clock, log },
    onVersion: (node, version) => devices.nodeVersionKnown(node, version),
  });
  const rules = config.router?.enabled
    ? new Router({ ...tools, config: config.router, client, link: hub })
    : undefined;
  const users = rules ?? answerUploads(hub, clock);
  hub.listenWith(dispatchBySource({ devices, nodes, syncs, replicas, rules: users }));
  const reflectors = deviceReflectors({ ...tools, client }, devices);
  const monitor =
    config.monitor?.enabled &&
    new Monitor({
      ...tools,
      config: config.monitor,
      metrics: cloudMetrics({ hub, devices, nodes, watches: reflectors }),
      isReady: () => hub.port !== 0,
    });
  const parts = [
    ...(monitor ? [monitor] : []),
    ...[
      connecting(client),
      webhook,
      crds,
      admission,
      ...(secure?.parts ?? []),
      events,
      devices,
      nodes,
    ],
    ...replicas.parts,
    ...[syncs, ...reflectors, unawaited(objectSyncReflector({ ...tools, client }, syncs))],
    ...[...(rules?.parts ?? []), hub],
  ];
  const group = new ComponentGroup("cloudcore", parts);
  return {
    name: group.name,
    start: (signal) => group.start(signal),
    stop: () => group.stop(),
    failed: group.failed,
    get hubPort() {
      return hub.port;
    },
    get certificatePort() {
      return secure?.server.port ?? 0;
    },
    get monitorPort() {
      return monitor ? monitor.port : 0;
    },
    get routerPort() {
      return rules?.port ?? 0;
    },
    get webhookPort() {
      return webhook.port;
    },
  };
}

/** What a hub with TLS needs beside itself; undefined for one without. */
function secureHub(
  hub: HubConfig,
  tools: {
    client: KubeClient;
    onJoined: (node: string) => void;
    clock: Clock;
    random: Random;
    log: Log;
  },
) {
  if (!hub.tls) return undefined;
  const { host } = hub;
  const { advertise } = hub.tls;
  const certificates = new HubCertificates({ ...tools, host, advertise });
  const config = { host, ...hub.tls.certificates };
  const server = new CertificateServer({ ...tools, config, certificates });
  const authority = () => certificates.authority;
  const shared = config.sharedToken ? [new SharedTokenKeeper({ ...tools, authority })] : [];
  return {
    parts: [certificates, server, ...shared],
    server,
    door: {
      identify: identifyByCertificate,
      createServer: () => createTlsServer(certificates.tls),
    },
  };
}

/** First to start, so that a kubeconfig that cannot be used ends the start; last to stop. */
function connecting(client: KubeClient): Component {
  return {
    name: "kube-client",
    start: async () => void (await client.namespace()),
    stop: async () => client.close(),
  };
}

/** What may be missing on a cluster holds nobody up: a node is then sent more than it needs. */
function unawaited(part: Component): Component {
  return {
    name: part.name,
    start: async (signal) => void part.start(signal).catch(() => undefined),
    stop: () => part.stop(),
  };
}
