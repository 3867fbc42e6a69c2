import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP proxy that counts what goes down to its clients, and can be cut. */
export class CountingProxy implements AsyncDisposable {
  bytesDown = 0;
  bytesUp = 0;
  readonly #target: () => number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #isOpen = true;

  /** @param target where to connect, asked at each connection */
  constructor(target: () => number) {
    this.#target = target;
  }

  async listen(): Promise<number> {
    const server = createServer((client) => this.#serve(client));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  /** Ends what is connected and refuses what comes. */
  cut(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isOpen = true;
    this.bytesDown = 0;
    this.bytesUp = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #serve(client: Socket): void {
    if (!this.#isOpen) {
      client.destroy();
      return;
    }
    const upstream = connect(this.#target(), "127.0.0.1");
    client.on("data", (chunk) => {
      this.bytesUp += chunk.length;
    });
    upstream.on("data", (chunk) => {
      this.bytesDown += chunk.length;
    });
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
  }
}
