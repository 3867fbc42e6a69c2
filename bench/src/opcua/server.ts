import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { DataType } from "node-opcua-client";
import { OPCUAServer } from "node-opcua-server";

/**
 * node-opcua's own server with 1,000 variables, in a process of its own; prints its port. It keeps its
 * certificates in the folder that is named to it, which its caller removes: it ends by being killed.
 */
const rootFolder = process.argv[2];
if (!rootFolder) throw new Error("server.ts must be given the folder of its certificates");
const store = new OPCUACertificateManager({ rootFolder, disableFileWatchers: true });
await store.initialize();
const server = new OPCUAServer({
  ...{ host: "127.0.0.1", hostname: "127.0.0.1", port: 0 },
  ...{ serverCertificateManager: store, userCertificateManager: store },
});
await server.initialize();
const space = server.engine.addressSpace!;
const namespace = space.getOwnNamespace();
for (let number = 0; number < 1000; number += 1) {
  namespace.addVariable({
    ...{ browseName: `v${number}`, nodeId: `s=v${number}`, dataType: DataType.Double },
    organizedBy: space.rootFolder.objects,
    value: { dataType: DataType.Double, value: number },
  });
}
await server.start();
process.stdout.write(`opcua: opc.tcp://127.0.0.1:${server.endpoints[0]?.port}\n`);
