import type { DeviceFault, TwinStatus } from "@mapperkit/api";

/** What a person looks at, for the mappers' words of why a value is Bad. */
const CHECKS: Readonly<Record<string, string>> = {
  timeout: "the device does not answer: check its power, its wiring and its unit or station number",
  notConnected:
    "no connection to the device: check its address, its power and the cable or network",
  deviceBusy: "the device says that it is busy: check who else talks to it",
  protocolError: "what answers is not understood: check protocol, baud rate, parity and byte order",
  configurationError: "the device's description cannot be worked: see the condition Accepted",
};

/**
 * Why a device is offline and what to check, from what its mapper says of the values that it could
 * not read. Undefined where the mapper says nothing.
 */
export function offlineCause(
  twins: readonly TwinStatus[],
  faults: readonly DeviceFault[],
): string | undefined {
  const counts = new Map<string, number>();
  for (const { reported } of twins) {
    const { quality, reason } = reported?.metadata ?? {};
    if (quality === "Good" || reason === undefined || CHECKS[reason] === undefined) continue;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  if (most) return CHECKS[most[0]];
  const fault = faults.find(({ reason }) => reason !== "NotSupported");
  return fault && `${fault.reason}: see the condition Accepted`;
}
