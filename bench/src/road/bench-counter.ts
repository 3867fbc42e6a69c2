import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";

/**
 * A counter on the line protocol that says when things happened to it. Its count changes only when
 * the bench says so, at the moment at which somebody reads it.
 */
export class BenchCounter {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #count = 0;
  #bumpNext = false;
  /** Called at the arrival of ON and OFF. */
  onCommand: (command: string, at: number) => void = () => {};
  /** Called when a reading with a new count is handed out. */
  onNewCount: (count: number, at: number) => void = () => {};

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.setNoDelay(true).on("close", () => this.#sockets.delete(socket));
      socket
        .on("error", () => {})
        .on("data", (data) => {
          for (const line of data.toString().split("\n")) {
            if (line.trim()) socket.write(`${this.#answer(line.trim())}\n`);
          }
        });
    });
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () =>
        resolve((this.#server.address() as AddressInfo).port),
      );
    });
  }

  /** The next reading shows a count one higher. */
  bump(): void {
    this.#bumpNext = true;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #answer(line: string): string {
    if (line !== "VALUE?") {
      this.onCommand(line, performance.now());
      return "OK";
    }
    if (this.#bumpNext) {
      this.#bumpNext = false;
      this.#count += 1;
      this.onNewCount(this.#count, performance.now());
    }
    return `${this.#count}`;
  }
}
