/** What to do for each reason that a mapper gives for a bad value (the words of sdk-api). */
const ADVICE: Readonly<Record<string, string>> = {
  timeout: "the device does not answer: power, cable, address, unit id, and who else uses the line",
  notConnected: "the mapper has no connection: host, port and firewall of the device",
  deviceBusy: "the device asks for patience: a longer collectCycle, or fewer masters",
  illegalAddress: "the device has no such address: compare the visitor with its manual",
  illegalValue: "the device refuses the value: compare range and type with its manual",
  typeMismatch: "what the device sends is not of the property's type: dataType, byteOrder, model",
  outOfRange: "the value is outside what the model allows: minimum, maximum, scale",
  sensorFault: "the device itself says that its sensor is broken",
  outOfService: "the device was taken out of service at its own panel",
  configurationError: "the mapper cannot work with this configuration: its log names the field",
  protocolError: "the device answered something else than its protocol allows: the mapper's log",
  stale: "no newer value came in time: the device or its subscription is silent",
};

export function adviceFor(reason: string): string {
  return ADVICE[reason] ?? "the mapper's log says more";
}
