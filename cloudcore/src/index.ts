export { type CloudCore, createCloudCore } from "./cloud-core.ts";
export {
  type CloudCoreConfig,
  type CloudCoreInput,
  cloudCoreConfig,
  cloudProgramConfig,
} from "./cloud-core-config.ts";
export {
  ConversionWebhook,
  type WebhookConfig,
  webhookConfig,
} from "./conversion-webhook/index.ts";
export { KubeClient, loadKubeconfig } from "./kube/index.ts";
