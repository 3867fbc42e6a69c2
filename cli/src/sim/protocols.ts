import { MapperkitError } from "@mapperkit/api";
import type { Mapper } from "@mapperkit/sdk";
import type { FarSideProtocol } from "@mapperkit/sim-plant";

/** What there is for one protocol; loaded when somebody needs it. */
export interface Protocol {
  readonly mapper: () => Promise<Mapper>;
  readonly farSide: () => Promise<FarSideProtocol>;
}

/** By the Device's `protocol.protocolName`. A further protocol is a further entry. */
const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  modbus: {
    mapper: async () => (await import("@mapperkit/mapper-modbus")).modbusMapper,
    farSide: async () => (await import("@mapperkit/sim-modbus")).modbusFarSide,
  },
  opcua: {
    mapper: async () => (await import("@mapperkit/mapper-opcua")).opcuaMapper,
    farSide: async () => (await import("@mapperkit/sim-opcua")).opcuaFarSide,
  },
  sensor: {
    mapper: async () => (await import("@mapperkit/mapper-sensor")).sensorMapper,
    farSide: async () => (await import("./sensor-far-side.ts")).sensorFarSide,
  },
  serial: {
    mapper: async () => (await import("@mapperkit/mapper-serial")).serialMapper,
    farSide: async () => (await import("@mapperkit/sim-serial")).serialFarSide,
  },
  virtual: {
    mapper: async () => (await import("@mapperkit/mapper-virtual")).virtualMapper,
    farSide: async () => (await import("@mapperkit/mapper-virtual")).virtualFarSide,
  },
};

/** @throws MapperkitError `unsupported` naming the protocols that there are */
export function protocolOf(name: string | undefined, where: string): Protocol {
  const protocol = Object.hasOwn(PROTOCOLS, name ?? "") ? PROTOCOLS[name ?? ""] : undefined;
  if (protocol) return protocol;
  const known = Object.keys(PROTOCOLS).join(", ");
  const said = name === undefined ? "protocolName is missing" : `protocolName is ${name}`;
  throw new MapperkitError(
    "invalid_input",
    `${where}: ${said}; simulators there are for: ${known}`,
  );
}
