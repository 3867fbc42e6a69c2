import { isJsonObject, type KubeObject } from "../../objects/kube-object.ts";
import { compileCondition } from "../../schema/index.ts";
import {
  type FieldError,
  invalidField,
  requiredField,
  unsupportedField,
} from "../../status/index.ts";
import type { Strategy } from "../served-resource.ts";

const DEFAULTS = {
  failurePolicy: "Fail",
  matchPolicy: "Equivalent",
  namespaceSelector: {},
  objectSelector: {},
  timeoutSeconds: 10,
};
const SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const MOST_SECONDS = 30;

/** Validating and mutating webhook configurations: defaults, and the faults that users meet. */
export const webhookConfigurationStrategy: Partial<Strategy> = {
  hasGeneration: true,
  prepare: (object) => {
    const isMutating = object.kind === "MutatingWebhookConfiguration";
    for (const webhook of webhooksOf(object)) {
      const own = isMutating ? { ...DEFAULTS, reinvocationPolicy: "Never" } : DEFAULTS;
      for (const [key, value] of Object.entries(own)) webhook[key] ??= value;
      for (const rule of listOf(webhook.rules)) rule.scope ??= "*";
      const { clientConfig } = webhook;
      if (isJsonObject(clientConfig) && isJsonObject(clientConfig.service)) {
        clientConfig.service.port ??= 443;
      }
    }
  },
  validate: (object) =>
    webhooksOf(object).flatMap((webhook, i) => faultsOf(webhook, `webhooks[${i}]`)),
};

type Members = Record<string, unknown>;

function listOf(value: unknown): Members[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function webhooksOf(object: KubeObject): Members[] {
  return listOf(object.webhooks);
}

function faultsOf(webhook: Members, at: string): FieldError[] {
  const { name, sideEffects, timeoutSeconds, admissionReviewVersions } = webhook;
  const faults: FieldError[] = [];
  if (String(name ?? "").split(".").length < 3) {
    const text = "should be a domain with at least three segments separated by dots";
    faults.push(invalidField(`${at}.name`, name ?? "", text));
  }
  faults.push(...clientFaults(webhook.clientConfig, `${at}.clientConfig`));
  if (sideEffects === undefined) {
    faults.push(requiredField(`${at}.sideEffects`, `must specify one of None, NoneOnDryRun`));
  } else if (!SIDE_EFFECTS.includes(String(sideEffects))) {
    faults.push(unsupportedField(`${at}.sideEffects`, sideEffects, SIDE_EFFECTS));
  }
  if (typeof timeoutSeconds === "number" && (timeoutSeconds < 1 || timeoutSeconds > MOST_SECONDS)) {
    const text = "the timeout value must be between 1 and 30 seconds";
    faults.push(invalidField(`${at}.timeoutSeconds`, timeoutSeconds, text));
  }
  const versions = Array.isArray(admissionReviewVersions) ? admissionReviewVersions : [];
  if (versions.length === 0) {
    const text = "must specify one of v1, v1beta1";
    faults.push(requiredField(`${at}.admissionReviewVersions`, text));
  } else if (!versions.includes("v1") && !versions.includes("v1beta1")) {
    const text = "must include at least one of v1, v1beta1";
    faults.push(invalidField(`${at}.admissionReviewVersions`, versions, text));
  }
  return [...faults, ...ruleFaults(webhook, at), ...conditionFaults(webhook, at)];
}

function clientFaults(config: unknown, at: string): FieldError[] {
  const { url, service } = isJsonObject(config) ? config : {};
  if ((url === undefined) === (service === undefined)) {
    return [requiredField(at, "exactly one of url or service is required")];
  }
  if (typeof url === "string" && !(URL.canParse(url) && new URL(url).protocol === "https:")) {
    const form = "'https' is the only allowed URL scheme; desired format: https://host[/path]";
    return [invalidField(`${at}.url`, url.split(":")[0], form)];
  }
  return [];
}

function ruleFaults(webhook: Members, at: string): FieldError[] {
  return listOf(webhook.rules).flatMap((rule, i) =>
    ["operations", "apiGroups", "apiVersions", "resources"]
      .filter((key) => !Array.isArray(rule[key]) || rule[key].length === 0)
      .map((key) => requiredField(`${at}.rules[${i}].${key}`)),
  );
}

function conditionFaults(webhook: Members, at: string): FieldError[] {
  return listOf(webhook.matchConditions).flatMap(({ expression }, i) => {
    try {
      compileCondition(String(expression ?? ""));
      return [];
    } catch (cause) {
      const why = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "";
      const field = `${at}.matchConditions[${i}].expression`;
      return [invalidField(field, expression, `compilation failed: ERROR: <input>: ${why}`)];
    }
  });
}
