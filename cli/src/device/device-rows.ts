import type { Device, TwinStatus } from "@mapperkit/api";

export const DEVICE_HEAD = ["NAME", "MODEL", "NODE", "STATE", "SYNCED"];
export const TWIN_HEAD = ["PROPERTY", "DESIRED", "REPORTED", "PHASE", "REASON"];

/** One device as a row; an unknown thing is a dash. */
export function deviceRow(device: Device): string[] {
  const synced = device.status?.conditions?.find(({ type }) => type === "Synced");
  return [
    device.metadata.name,
    device.spec?.deviceModelRef?.name ?? "-",
    device.spec?.nodeName ?? "-",
    device.status?.state ?? "-",
    synced?.status ?? "-",
  ];
}

/** Each property that is desired or reported, as a row. */
export function twinRows(device: Device): string[][] {
  const desired = new Map(
    (device.spec?.properties ?? []).map(({ name, desired }) => [name, desired?.value]),
  );
  const twins = new Map(
    (device.status?.twins ?? []).map((twin): [string, TwinStatus] => [twin.propertyName, twin]),
  );
  return [...new Set([...desired.keys(), ...twins.keys()])].map((name) => {
    const twin = twins.get(name);
    return [
      name,
      desired.get(name) ?? "-",
      twin?.reported?.value ?? "-",
      twin?.phase?.name ?? "-",
      twin?.phase?.message ?? twin?.phase?.reason ?? "",
    ];
  });
}

/** Conditions that are not as they should be, a line each. */
export function complaints(device: Device): string[] {
  return (device.status?.conditions ?? [])
    .filter(({ status }) => status !== "True")
    .map(({ type, reason, message }) => `${type}: ${reason}: ${message}`);
}
