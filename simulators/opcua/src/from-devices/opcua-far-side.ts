import { readFileSync } from "node:fs";
import { MapperkitError } from "@mapperkit/api";
import {
  type FarSide,
  type FarSideProtocol,
  type FarSideSurroundings,
  type Plant,
  plausibleSimulator,
  type Simulator,
  simPropertiesOf,
  TickWheel,
  type WantedDevice,
} from "@mapperkit/sim-plant";
import { type OpcuaServer, serveOpcua } from "../server/opcua-plants.ts";
import { placeProperty } from "../space/node-place.ts";
import { introduce, serverFolder } from "./acquaintance.ts";
import { nodesOf } from "./device-nodes.ts";
import { type DevicePlace, readDevicePlace } from "./device-place.ts";
import { securityFor } from "./security-for.ts";

interface PlacedDevice {
  readonly wanted: WantedDevice;
  readonly place: DevicePlace;
  readonly simulator: Simulator;
}

/** The far side of OPC UA devices from their Devices alone: one server for each port. */
export const opcuaFarSide: FarSideProtocol = {
  async serve(devices, surroundings) {
    const servers = Map.groupBy(devices.map(placed), ({ place }) => `${place.host}:${place.port}`);
    for (const own of servers.values()) refuseClashes(own);
    const running = new RunningServers();
    try {
      const wheel = new TickWheel(surroundings.clock);
      for (const own of servers.values()) await running.add(own, { ...surroundings, wheel });
    } catch (error) {
      await running[Symbol.asyncDispose]();
      throw error;
    }
    return running;
  },
  multiply({ device }, number) {
    const { host, port } = placeOf(device.spec?.protocol?.configData);
    return { url: `opc.tcp://${host}:${port + number}` };
  },
};

class RunningServers implements FarSide {
  readonly places: { address: string; devices: string[] }[] = [];
  readonly plants = new Map<string, Plant>();
  readonly moved = new Map<string, Readonly<Record<string, unknown>>>();
  readonly #servers: OpcuaServer[] = [];

  async add(
    own: readonly PlacedDevice[],
    { seed, ...around }: FarSideSurroundings & { wheel: TickWheel },
  ): Promise<void> {
    const [first] = own;
    if (!first) return;
    const { host, port } = first.place;
    const server = await serveOpcua({
      devices: own.map(({ wanted, simulator }) => ({ name: wanted.id, simulator })),
      security: {
        ...securityFor(own.map(({ place }) => place)),
        pkiFolder: serverFolder(first.place),
      },
      ...{ host, port, seed: `${seed} ${host}:${port}`, ...around },
    }).catch((cause: unknown) => {
      throw located(first.wanted, cause, "url");
    });
    this.#servers.push(server);
    this.places.push({ address: server.url, devices: own.map(({ wanted }) => wanted.id) });
    for (const { wanted, place } of own) {
      introduce(place, server.certificateFile);
      this.plants.set(wanted.id, server.plant(wanted.id));
      if (server.port !== port) this.moved.set(wanted.id, { url: server.url });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.splice(0)) await server[Symbol.asyncDispose]();
  }
}

/** @throws MapperkitError `invalid_input` naming file, line and what is wrong there */
function placed(wanted: WantedDevice): PlacedDevice {
  try {
    const place = placeOf(wanted.device.spec?.protocol?.configData);
    return { wanted, place, simulator: plausibleSimulator(nodesOf(wanted)) };
  } catch (cause) {
    throw located(wanted, cause);
  }
}

function placeOf(configData: unknown): DevicePlace {
  return readDevicePlace(configData, (file) => {
    try {
      return readFileSync(file, "utf8").trimEnd();
    } catch (cause) {
      const message = `protocol.configData.passwordFile is ${file}, which cannot be read`;
      throw new MapperkitError("invalid_input", message, {
        cause,
        details: { key: "passwordFile" },
      });
    }
  });
}

/** Two properties in one node would write over each other. */
function refuseClashes(own: readonly PlacedDevice[]): void {
  const nodes = new Map<string, string>();
  for (const { wanted, simulator } of own) {
    for (const property of simPropertiesOf(simulator.model)) {
      const { namespace, id } = placeProperty(property);
      const node = `${namespace};${id}`;
      const other = nodes.get(node);
      const where = wanted.where(property.name, "nodeId");
      if (other !== undefined) {
        const message = `${where}: node ${node} is ${other} already`;
        throw new MapperkitError("invalid_input", message);
      }
      nodes.set(node, `${wanted.id} ${property.name} (${where})`);
    }
  }
}

/** An error with the file and the line that it comes from in front. */
function located(wanted: WantedDevice, cause: unknown, key?: string): MapperkitError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const details = cause instanceof MapperkitError ? cause.details : {};
  const textOf = (detail: unknown) => (typeof detail === "string" ? detail : undefined);
  const where = wanted.where(textOf(details.property), textOf(details.key) ?? key);
  return new MapperkitError("invalid_input", `${where}: Device ${wanted.id}: ${why}`, {
    cause,
    details,
  });
}
