export { type ClientConfig, webhookTarget, webhookUrl } from "./client-config.ts";
export { HttpsTransport, type WebhookTarget, type WebhookTransport } from "./https-transport.ts";
