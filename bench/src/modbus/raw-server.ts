/** The least that a server in Node can do: the same answer to any request. Prints its port. */
import { type AddressInfo, createServer } from "node:net";

const ANSWER = Buffer.from("000000000009010408d2000000000000b4".slice(0, 34), "hex");
ANSWER[5] = ANSWER.length - 6;
const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => undefined);
  socket.on("data", (request: Buffer) => {
    const answer = Buffer.from(ANSWER);
    request.copy(answer, 0, 0, 2);
    socket.write(answer);
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
