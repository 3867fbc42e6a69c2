/** The server that comes with modbus-serial, as its README has it: prints its port. */
import { once } from "node:events";
import { ServerTCP } from "modbus-serial";

const vector = { getInputRegister: (address: number) => address };
const PORT = 15_902;
const server = new ServerTCP(vector, { host: "127.0.0.1", port: PORT, unitID: 1 });
await once(server, "initialized");
process.stdout.write(`${PORT}\n`);
