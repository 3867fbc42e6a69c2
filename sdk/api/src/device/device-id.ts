/** A device's identity everywhere: `{namespace}/{name}`. */
export type DeviceId = `${string}/${string}`;

export function deviceIdOf(meta: { namespace?: string | undefined; name: string }): DeviceId {
  return `${meta.namespace ?? "default"}/${meta.name}`;
}

export function splitDeviceId(id: DeviceId): { namespace: string; name: string } {
  const cut = id.indexOf("/");
  return { namespace: id.slice(0, cut), name: id.slice(cut + 1) };
}
