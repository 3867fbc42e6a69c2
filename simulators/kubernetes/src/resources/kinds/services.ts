import { createHash } from "node:crypto";
import { isJsonObject, type JsonObject, type KubeObject } from "../../objects/kube-object.ts";
import {
  type FieldError,
  invalidField,
  requiredField,
  unsupportedField,
} from "../../status/index.ts";
import type { Strategy } from "../served-resource.ts";

const TYPES = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const PORT_TEXT = "must be between 1 and 65535, inclusive";

/** Services are kept with the addresses that a cluster would give them; nothing here routes. */
export const serviceStrategy: Partial<Strategy> = {
  nameRule: "label",
  prepare: (object, old) => {
    if (isJsonObject(object.spec)) object.spec = completed(object.spec, object, old);
    if (old === undefined) object.status = { loadBalancer: {} };
  },
  validate: (object, old) => [...specFaults(object), ...addressFaults(object, old)],
};

function completed(given: JsonObject, object: KubeObject, old: KubeObject | undefined): JsonObject {
  const spec: JsonObject = { type: "ClusterIP", sessionAffinity: "None", ...given };
  if (Array.isArray(spec.ports)) {
    spec.ports = spec.ports.map((port) =>
      isJsonObject(port) ? { protocol: "TCP", targetPort: port.port, ...port } : port,
    );
  }
  if (spec.type === "ExternalName") return spec;
  const before = membersOf(old?.spec);
  if (!spec.clusterIP) spec.clusterIP = before.clusterIP ?? addressOf(object.metadata.uid ?? "");
  spec.clusterIPs ??= [spec.clusterIP];
  spec.ipFamilies ??= ["IPv4"];
  spec.ipFamilyPolicy ??= "SingleStack";
  spec.internalTrafficPolicy ??= "Cluster";
  return spec;
}

/** Of 10.96.0.0/12, as kubeadm's clusters have them: the uid decides, so no two are likely to meet. */
function addressOf(uid: string): string {
  const [a = 0, b = 0, c = 0] = createHash("sha256").update(uid).digest();
  return `10.${96 + (a % 16)}.${b}.${Math.max(c, 1)}`;
}

function specFaults(object: KubeObject): FieldError[] {
  const spec = membersOf(object.spec);
  const faults: FieldError[] = [];
  const ports = Array.isArray(spec.ports) ? spec.ports.filter(isJsonObject) : [];
  const isHeadless = spec.clusterIP === "None";
  if (ports.length === 0 && !isHeadless && spec.type !== "ExternalName") {
    faults.push(requiredField("spec.ports"));
  }
  for (const [i, port] of ports.entries()) {
    const at = `spec.ports[${i}]`;
    if (ports.length > 1 && !port.name) faults.push(requiredField(`${at}.name`));
    faults.push(...portFaults(port, at));
  }
  if (!TYPES.includes(String(spec.type)))
    faults.push(unsupportedField("spec.type", spec.type, TYPES));
  if (spec.type === "ExternalName" && !spec.externalName) {
    faults.push(requiredField("spec.externalName"));
  }
  return faults;
}

function portFaults({ port, protocol }: JsonObject, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (typeof port !== "number" || port < 1 || port > 65535) {
    faults.push(invalidField(`${at}.port`, port ?? 0, PORT_TEXT));
  }
  if (!PROTOCOLS.includes(String(protocol))) {
    faults.push(unsupportedField(`${at}.protocol`, protocol, PROTOCOLS));
  }
  return faults;
}

function addressFaults(object: KubeObject, old: KubeObject | undefined): FieldError[] {
  const before = membersOf(old?.spec).clusterIP;
  const after = membersOf(object.spec).clusterIP;
  if (before === undefined || after === undefined || before === after) return [];
  const text = "may not change once set";
  return [invalidField("spec.clusterIPs[0]", [after], text)];
}

function membersOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
