import { type ErrorCode, MapperkitError } from "@mapperkit/api";
import { functions } from "./requests.ts";

const EXCEPTION_FLAG = 0x80;
/** How much of a write's answer repeats its request: function, address, and value or quantity. */
const ECHO_BYTES: ReadonlyMap<number, number> = new Map([
  [functions.writeCoil, 5],
  [functions.writeRegister, 5],
  [functions.writeCoils, 5],
  [functions.writeRegisters, 5],
  [functions.maskRegister, 7],
]);

/**
 * Whether an answer can be the one to a request: same function, and as much data as was asked for,
 * or the same address. What cannot be is somebody else's, or came too late.
 */
export function isAnswerTo(request: Uint8Array, answer: Uint8Array): boolean {
  const [code = 0] = request;
  if (answer[0] === (code | EXCEPTION_FLAG)) return answer.length === 2;
  if (answer[0] !== code) return false;
  const echoed = ECHO_BYTES.get(code);
  if (echoed === undefined) {
    const bytes = dataBytesOf(request);
    return answer.length === 2 + bytes && answer[1] === bytes;
  }
  if (answer.length !== echoed) return false;
  return answer.every((byte, i) => byte === request[i]);
}

/** Bytes of data that the answer to a read carries. */
export function dataBytesOf(request: Uint8Array): number {
  const count = ((request[3] ?? 0) << 8) | (request[4] ?? 0);
  return request[0] === 1 || request[0] === 2 ? Math.ceil(count / 8) : count * 2;
}

/** @throws MapperkitError that says what the exception means to a user */
export function dataOf(answer: Uint8Array, what: string): Uint8Array {
  refuseException(answer, what);
  // A copy: a view would need a buffer outside the heap for these few bytes.
  return answer.slice(2);
}

/** @throws MapperkitError that says what the exception means to a user */
export function refuseException(answer: Uint8Array, what: string): void {
  const [code = 0, exception = 0] = answer;
  if ((code & EXCEPTION_FLAG) === 0) return;
  const meaning = MEANINGS[exception] ?? UNKNOWN;
  const message = `${what}: exception ${exception}, ${meaning.text}`;
  throw new MapperkitError(meaning.code, message, {
    details: { exception, reason: meaning.reason },
  });
}

/** Whether a device refused a function because it has none such. */
export function isUnknownFunction(error: unknown): boolean {
  return error instanceof MapperkitError && error.details.exception === 1;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly text: string;
}

const UNKNOWN: Meaning = {
  ...{ code: "rejected", reason: "protocolError" },
  text: "which the protocol does not know",
};

/** Modbus Application Protocol 1.1b3, section 7. `rejected` is the device's final no. */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  1: {
    ...{ code: "unsupported", reason: "illegalAddress" },
    text: "the device has no such function: check space",
  },
  2: {
    ...{ code: "rejected", reason: "illegalAddress" },
    text: "the device has no such address: check space, address and dataType",
  },
  3: {
    ...{ code: "rejected", reason: "illegalValue" },
    text: "the device does not take this value or quantity",
  },
  4: { code: "rejected", reason: "outOfService", text: "the device failed to do it" },
  5: { code: "conflict", reason: "deviceBusy", text: "the device needs longer" },
  6: { code: "conflict", reason: "deviceBusy", text: "the device is busy" },
  7: { code: "rejected", reason: "outOfService", text: "the device cannot do it" },
  8: { code: "rejected", reason: "sensorFault", text: "the device's memory is damaged" },
  10: {
    ...{ code: "timed_out", reason: "notConnected" },
    text: "the gateway has no path to the unit: check unitId",
  },
  11: {
    ...{ code: "timed_out", reason: "timeout" },
    text: "the unit behind the gateway did not answer: check unitId and its line",
  },
};
