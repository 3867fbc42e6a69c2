import type { Quality, QualityReason } from "@mapperkit/sdk";

/** A status code as far as it is looked at here: node-opcua's StatusCode is one. */
export interface Status {
  readonly name: string;
  isGood(): boolean;
  isBad(): boolean;
}

const REASONS: readonly [names: RegExp, reason: QualityReason][] = [
  [/^GoodClamped$/, "clamped"],
  [/^Good/, "ok"],
  [/^UncertainInitialValue$|^BadWaitingForInitialData$/, "initial"],
  [/^UncertainSubstituteValue$/, "substituted"],
  [/^UncertainSensorNotAccurate$|^BadSensorFailure$|^BadDeviceFailure$/, "sensorFault"],
  [/^UncertainEngineeringUnitsExceeded$|^BadOutOfRange$/, "outOfRange"],
  [/^Uncertain/, "lastKnown"],
  [/^BadNodeId|^BadAttributeIdInvalid$|^BadIndexRange|^BadNodeNotInView$/, "illegalAddress"],
  [/^BadNotReadable$|^BadNotWritable$|^BadUserAccessDenied$/, "illegalAddress"],
  [/^BadTypeMismatch$|^BadTypeDefinition/, "typeMismatch"],
  [/^BadOutOfService$/, "outOfService"],
  [/^Bad(NoCommunication|NotConnected|CommunicationError)$/, "notConnected"],
  [/^BadTimeout$|^BadRequestTimeout$/, "timeout"],
  [/^Bad(ResourceUnavailable|OutOfMemory|TooMany|ServerHalted|InvalidState)/, "deviceBusy"],
];

export function qualityOf(status: Status): Quality {
  if (status.isGood()) return "Good";
  return status.isBad() ? "Bad" : "Uncertain";
}

/** What a status means in the words of samples. */
export function reasonOf({ name }: Status): QualityReason {
  if (name === "Good") return "ok";
  return REASONS.find(([names]) => names.test(name))?.[1] ?? "protocolError";
}

/** What servers say of a dead-band on text, on a node without a range, or of dead-bands at all. */
const DEADBAND = /^BadFilter|^BadMonitoredItemFilter|^BadDeadband/;

/** True when a node cannot be monitored only for the dead-band that was asked for. */
export function isOfDeadband({ name }: Status): boolean {
  return DEADBAND.test(name);
}

const ADVICE: readonly [names: RegExp, advice: string][] = [
  [/^BadNodeId/, "check nodeId and its namespace"],
  [/^BadUserAccessDenied$|^BadUserSignatureInvalid$/, "the user has not the right: check userName"],
  [/^BadNotReadable$/, "the node cannot be read"],
  [/^BadNotWritable$/, "the node cannot be written"],
  [/^BadTypeMismatch$/, "the property's type does not fit the node's"],
  [/^BadOutOfRange$/, "the value is beyond what the node takes"],
  [/^BadSecurityModeInsufficient$/, "the server wants a stricter securityMode"],
  [DEADBAND, "the server has no such dead-band for the node"],
];

/** A status and what to look at. */
export function describeStatus({ name }: Status): string {
  const advice = ADVICE.find(([names]) => names.test(name))?.[1];
  return advice ? `${name}: ${advice}` : name;
}

/** True when writing the same again later may do. */
export function isPassing({ name }: Status): boolean {
  return /^Bad(Timeout|RequestTimeout|ResourceUnavailable|OutOfMemory|TooMany|ServerHalted|InvalidState|NoCommunication|NotConnected|CommunicationError|DeviceFailure|OutOfService|WaitingForInitialData)/.test(
    name,
  );
}
