/** Whether a value may stand in a typed field of v1alpha2; else it goes to the free map. */
export type FieldCheck = (value: unknown) => boolean;

/** Places of a protocol's typed fields in v1alpha2: path from the protocol object, by key of configData. */
export interface TypedFields {
  readonly [key: string]: { readonly at: readonly string[]; readonly is: FieldCheck };
}

const text: FieldCheck = (value) => typeof value === "string";
const flag: FieldCheck = (value) => typeof value === "boolean";
const int: FieldCheck = (value) => Number.isSafeInteger(value);
const number: FieldCheck = (value) => typeof value === "number";
const anyObject: FieldCheck = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function oneOf(...values: readonly unknown[]): FieldCheck {
  return (value) => values.includes(value);
}

function fields(
  parent: readonly string[],
  checks: Readonly<Record<string, FieldCheck>>,
): TypedFields {
  return Object.fromEntries(
    Object.entries(checks).map(([key, is]) => [key, { at: [...parent, key], is }]),
  );
}

const COMMON: TypedFields = {
  ...fields(["common", "com"], {
    serialPort: text,
    baudRate: oneOf(
      115200,
      57600,
      38400,
      19200,
      9600,
      4800,
      2400,
      1800,
      1200,
      600,
      300,
      200,
      150,
      134,
      110,
      75,
      50,
    ),
    dataBits: oneOf(8, 7, 6, 5),
    parity: oneOf("none", "even", "odd"),
    stopBits: oneOf(1, 2),
  }),
  ...fields(["common", "tcp"], { ip: text, port: int }),
  ...fields(["common"], {
    commType: text,
    reconnTimeout: int,
    reconnRetryTimes: int,
    collectTimeout: int,
    collectRetryTimes: int,
    collectType: oneOf("sync", "async"),
  }),
};

/** The protocols that v1alpha2 has words for, in the order in which they are looked for. */
export const PROTOCOLS = ["opcua", "modbus", "bluetooth"] as const;
export type ProtocolKey = (typeof PROTOCOLS)[number];

/** `spec.protocol`: the protocol's own fields, then the common ones. */
export const DEVICE_FIELDS: Readonly<Record<ProtocolKey, TypedFields>> = {
  opcua: {
    ...COMMON,
    ...fields(["opcua"], {
      url: text,
      userName: text,
      password: text,
      securityPolicy: text,
      securityMode: text,
      certificate: text,
      privateKey: text,
      timeout: int,
    }),
  },
  modbus: {
    ...COMMON,
    ...fields(["modbus"], {
      slaveID: (value) => int(value) && (value as number) >= 0 && (value as number) <= 255,
    }),
  },
  bluetooth: { ...COMMON, ...fields(["bluetooth"], { macAddress: text }) },
};

/** What a customized protocol takes from `spec.protocol.common`. */
export const COMMON_FIELDS = COMMON;

/** `spec.propertyVisitors[]`. */
export const VISITOR_FIELDS: Readonly<Record<ProtocolKey, TypedFields>> = {
  opcua: fields(["opcua"], { nodeID: text, browseName: text }),
  modbus: fields(["modbus"], {
    register: oneOf("CoilRegister", "DiscreteInputRegister", "InputRegister", "HoldingRegister"),
    offset: int,
    limit: int,
    scale: number,
    isSwap: flag,
    isRegisterSwap: flag,
  }),
  bluetooth: fields(["bluetooth"], {
    characteristicUUID: text,
    dataWrite: anyObject,
    dataConverter: anyObject,
  }),
};
