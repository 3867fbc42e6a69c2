import { isJsonObject, type KubeObject, secondsTimestamp } from "../objects/kube-object.ts";
import type { Strategy } from "../resources/served-resource.ts";
import { type FieldError, invalidField, requiredField } from "../status/index.ts";
import { readCertificateRequest } from "./certificate-request.ts";

const SHORTEST_S = 600;

/** CertificateSigningRequest: what is asked never changes, and must be a request that can be read. */
export const requestStrategy: Partial<Strategy> = {
  prepare: (object, old) => {
    if (old !== undefined) object.spec = old.spec;
  },
  validate: (object, old) => (old === undefined ? specFaults(object) : conditionFaults(object)),
};

function specFaults(object: KubeObject): FieldError[] {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const faults: FieldError[] = [];
  if (!spec.request) faults.push(requiredField("spec.request"));
  else faults.push(...requestFaults(String(spec.request)));
  if (!Array.isArray(spec.usages) || spec.usages.length === 0)
    faults.push(requiredField("spec.usages"));
  if (!spec.signerName) faults.push(requiredField("spec.signerName"));
  else if (!/^[^/]+\.[^/]+\/.+$/.test(String(spec.signerName))) {
    const text = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    faults.push(invalidField("spec.signerName", spec.signerName, text));
  }
  const seconds = spec.expirationSeconds;
  if (typeof seconds === "number" && seconds < SHORTEST_S) {
    const text = "may not specify a duration less than 600 seconds (10 minutes)";
    faults.push(invalidField("spec.expirationSeconds", seconds, text));
  }
  return faults;
}

function requestFaults(base64: string): FieldError[] {
  const bytes = Buffer.from(base64, "base64");
  try {
    readCertificateRequest(bytes.toString("utf8"));
    return [];
  } catch (cause) {
    const shown = [...bytes.subarray(0, 32)].map((byte) => `0x${byte.toString(16)}`).join(", ");
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `Invalid value: []byte{${shown}}: ${why}`;
    return [{ type: "FieldValueInvalid", field: "spec.request", message }];
  }
}

function conditionFaults(object: KubeObject): FieldError[] {
  const { conditions } = isJsonObject(object.status) ? object.status : {};
  const types = (Array.isArray(conditions) ? conditions : []).map((each) => String(each?.type));
  if (!types.includes("Approved") || !types.includes("Denied")) return [];
  const text = "Approved and Denied conditions are mutually exclusive";
  const field = `status.conditions[${types.lastIndexOf(types.at(-1) === "Denied" ? "Denied" : "Approved")}].type`;
  return [invalidField(field, types.at(-1), text)];
}

/** The approval endpoint changes conditions only, and dates them. */
export function withApproval(current: KubeObject, next: KubeObject, nowMs: number): KubeObject {
  const status = isJsonObject(next.status) ? next.status : {};
  const time = secondsTimestamp(nowMs);
  const conditions = (Array.isArray(status.conditions) ? status.conditions : []).map(
    (each: object) => ({
      lastUpdateTime: time,
      lastTransitionTime: time,
      ...each,
    }),
  );
  const kept = isJsonObject(current.status) ? current.status : {};
  return { ...current, status: { ...kept, ...(conditions.length > 0 ? { conditions } : {}) } };
}
