export { ConversionWebhook, type WebhookClientConfig } from "./conversion-webhook.ts";
export { type WebhookConfig, webhookConfig } from "./webhook-config.ts";
