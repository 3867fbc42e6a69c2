import { join } from "node:path";
import type { build_address_space_for_conformance_testing } from "node-opcua-address-space-for-conformance-testing";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { DataType, type Variant } from "node-opcua-client";
import type { OPCUAServer, OPCUAServerOptions } from "node-opcua-server";

/** What tests take from node-opcua's server, of which this package has no need but for tests. */
export interface StrangerKit {
  readonly OPCUAServer: typeof OPCUAServer;
  readonly addConformanceNodes: typeof build_address_space_for_conformance_testing;
}

/** A server that nobody here wrote. */
export interface Stranger extends AsyncDisposable {
  readonly url: string;
  readonly server: OPCUAServer;
  /** A node's value as the server itself has it. */
  valueOf(id: string): unknown;
  /** Sets a node from within the server. */
  set(id: string, dataType: keyof typeof DataType, value: unknown): void;
}

/** The namespace of node-opcua's nodes for conformance tests. */
export const CONFORMANCE = "urn://node-opcua-simulator";

/** node-opcua's own server with its nodes for conformance tests; its certificates are in `folder`. */
export async function startStranger(
  { OPCUAServer, addConformanceNodes }: StrangerKit,
  folder: string,
  options: OPCUAServerOptions = {},
): Promise<Stranger> {
  const store = (name: string) =>
    new OPCUACertificateManager({
      rootFolder: join(folder, `stranger-${name}`),
      disableFileWatchers: true,
    });
  const server = new OPCUAServer({
    ...{ host: "127.0.0.1", hostname: "127.0.0.1", port: 0 },
    serverCertificateManager: store("server"),
    userCertificateManager: store("users"),
    ...options,
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  if (!space) throw new Error("the server has no address space");
  await addConformanceNodes(space);
  await server.start();
  const index = space.getNamespaceIndex(CONFORMANCE);
  const node = (id: string) => {
    const found = space.findNode(`ns=${index};s=${id}`);
    if (found && "readValue" in found) return found as unknown as ServedVariable;
    throw new Error(`the server has no variable ${id}`);
  };
  return {
    url: `opc.tcp://127.0.0.1:${server.endpoints[0]?.port}`,
    server,
    valueOf: (id) => node(id).readValue().value.value,
    set: (id, dataType, value) =>
      node(id).setValueFromSource({ dataType: DataType[dataType], value }),
    [Symbol.asyncDispose]: () => server.shutdown(0),
  };
}

/** What is used here of node-opcua's UAVariable. */
interface ServedVariable {
  readValue(): { readonly value: Variant };
  setValueFromSource(value: { dataType: DataType; value: unknown }): void;
}
