import { type Device, findDeviceFaults } from "@mapperkit/api";
import { known } from "../fact.ts";
import type { Gathered, Step } from "../road.ts";
import { conditionOf } from "./condition-of.ts";

export function objectStep({ id, device: fact }: Gathered): Step {
  if (fact.kind === "absent") {
    const says = `there is no Device ${id} in Kubernetes`;
    return { step: "object", standing: "stands", says, do: "apply it; `mapperkit device list`" };
  }
  if (fact.kind === "unknown") return { step: "object", standing: "unknown", says: fact.why };
  const { metadata } = fact.value;
  if (metadata.deletionTimestamp) {
    return {
      step: "object",
      standing: "stands",
      says: "the Device is being deleted, and a finalizer holds it",
      since: metadata.deletionTimestamp,
      do: `look at metadata.finalizers: kubectl get device ${metadata.name} -o yaml`,
    };
  }
  const made = metadata.creationTimestamp;
  return {
    step: "object",
    standing: "open",
    says: `Device ${id}, generation ${metadata.generation ?? "?"}`,
    ...(made && { since: made }),
  };
}

export function modelStep({ device: deviceFact, model: fact }: Gathered): Step {
  const device = known(deviceFact);
  if (!device) return { step: "model", standing: "unknown", says: "without the Device" };
  const name = device.spec?.deviceModelRef?.name;
  const since = conditionOf(device, "Accepted")?.lastTransitionTime;
  const stands = (says: string, hint: string): Step => ({
    ...{ step: "model", standing: "stands", says, do: hint },
    ...(since && { since }),
  });
  if (!name) return stands("spec.deviceModelRef names no DeviceModel", "name one");
  if (fact.kind === "unknown") return { step: "model", standing: "unknown", says: fact.why };
  if (fact.kind === "absent") {
    return stands(
      `there is no DeviceModel ${name} in the Device's namespace`,
      "apply the DeviceModel; the Device goes on by itself",
    );
  }
  const faults = findDeviceFaults(device, fact.value);
  // A node that is not named is another stretch's concern.
  const worst = faults.filter((f) => f.reason !== "NotSupported" && f.field !== "spec.nodeName");
  if (worst.length > 0) {
    return stands(worst.map(({ message }) => message).join("; "), "correct what is named here");
  }
  const ignored = faults.filter(({ reason }) => reason === "NotSupported");
  const unsupported = ignored.map(({ message }) => message).join("; ");
  const says = `DeviceModel ${name}${unsupported && `; without effect: ${unsupported}`}`;
  return { step: "model", standing: "open", says, ...(since && { since }) };
}

const UNDERSTOOD_WITHIN = "a second or two";

export function controllerStep(gathered: Gathered): Step {
  const device = known(gathered.device);
  if (!device) return { step: "controller", standing: "unknown", says: "without the Device" };
  const cloudcore = known(gathered.cloudcore);
  const about = cloudcore ? aboutCloudcore(cloudcore) : [];
  const says = (text: string) => [text, ...about].join("; ");
  const { generation = 0, creationTimestamp } = device.metadata;
  if (!device.status?.conditions?.length) {
    return {
      step: "controller",
      standing: "stands",
      says: says("no cloudcore has written anything of this Device"),
      ...(creationTimestamp && { since: creationTimestamp }),
      do: "see that cloudcore runs against this cluster and may patch devices/status; its log says more",
    };
  }
  const seen = device.status.observedGeneration ?? 0;
  if (seen < generation) {
    const since = lastEdit(device);
    return {
      step: "controller",
      standing: "stands",
      says: says(`cloudcore has dealt with generation ${seen}, the Device is at ${generation}`),
      ...(since && { since }),
      do: `normal for ${UNDERSTOOD_WITHIN}; if it stays so, cloudcore is away or its status patches fail`,
    };
  }
  if (cloudcore?.notReady) {
    const text = `cloudcore at ${cloudcore.url} is not ready: ${cloudcore.notReady}`;
    return { step: "controller", standing: "stands", says: text, do: "its log says why" };
  }
  return { step: "controller", standing: "open", says: says(`cloudcore knows generation ${seen}`) };
}

function aboutCloudcore({ url, metric }: NonNullable<ReturnType<typeof programOf>>): string[] {
  const failed = metric("mapperkit_cloud_status_writes_total", "failed") ?? 0;
  const nodes = metric("mapperkit_cloud_nodes_connected");
  return [
    ...(nodes === undefined ? [] : [`cloudcore at ${url} serves ${nodes} nodes`]),
    ...(failed > 0 ? [`${failed} of its status patches failed so far`] : []),
  ];
}

function programOf({ cloudcore }: Gathered) {
  return known(cloudcore);
}

/** When somebody last wrote the spec, as the API server noted it. */
function lastEdit({ metadata }: Device): string | undefined {
  const fields = (metadata as { managedFields?: { time?: string; subresource?: string }[] })
    .managedFields;
  const times = fields?.flatMap(({ time, subresource }) => (subresource || !time ? [] : [time]));
  return times?.sort().at(-1);
}
