/**
 * Run as a process of its own: the smallest servers for each hop, on free ports that it prints as
 * JSON. What they cost is what no system on this machine can save.
 */
import { readFileSync } from "node:fs";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, createServer as createTcp, type Server } from "node:net";
import { Aedes } from "aedes";
import { WebSocketServer } from "ws";

const [keyFile = "", certFile = ""] = process.argv.slice(2);

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

const https = createHttps(
  { key: readFileSync(keyFile), cert: readFileSync(certFile), keepAlive: true },
  (request, response) => {
    request.resume().on("end", () => response.end('{"kind":"Status","status":"Success"}'));
  },
);
const broker = await Aedes.createBroker();
const webSockets = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
webSockets.on("connection", (socket) => {
  socket.on("message", (data) => socket.send(data.toString()));
});
const ports = {
  https: await listen(https),
  mqtt: await listen(createTcp({ noDelay: true }, (socket) => broker.handle(socket))),
  webSocket: (webSockets.address() as AddressInfo).port,
};
process.stdout.write(`${JSON.stringify(ports)}\n`);
process.on("SIGTERM", () => process.exit(0));
