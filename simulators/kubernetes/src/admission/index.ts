export { AdmissionChain } from "./admission-chain.ts";
export { WebhookAdmission } from "./webhook-admission.ts";
