export { loadKubeconfig } from "./access/kubeconfig.ts";
export { covers } from "./client/covers.ts";
export { KubeClient } from "./client/kube-client.ts";
export { isPassing } from "./client/kube-error.ts";
export type { KubeObject } from "./client/kube-object.ts";
export {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEVICE_MODELS,
  DEVICES,
  type KubeResource,
  LEASES,
  NAMESPACES,
  NODES,
  OBJECT_SYNCS,
  RULE_ENDPOINTS,
  RULES,
  SECRETS,
  VALIDATING_WEBHOOKS,
} from "./client/kube-resource.ts";
export { deviceReflectors } from "./devices/device-reflectors.ts";
export { KubeEventLog } from "./devices/kube-event-log.ts";
export { KubeProfileStore } from "./devices/kube-profile-store.ts";
export { KubeStatusStore } from "./devices/kube-status-store.ts";
export { KubeNodeObjects } from "./nodes/kube-node-objects.ts";
export type { Reflector } from "./reflector/reflector.ts";
export { type ReflectorParts, reflectorOf } from "./reflector/reflector-of.ts";
export {
  createSecret,
  encodeSecretData,
  orUndefined,
  readOrCreateSecret,
  readSecret,
  type SecretData,
  secretData,
} from "./secrets/secrets.ts";
export { untilReachable } from "./until-reachable.ts";
