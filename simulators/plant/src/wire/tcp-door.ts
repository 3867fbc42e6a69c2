import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type Log, listen, silentLog } from "@mapperkit/runtime";
import type { BusDoor } from "./bus-door.ts";
import type { PlantBus } from "./plant-bus.ts";

export interface TcpPlace {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly whenPortTaken?: "fail" | "next";
}

/** Opens a bus on TCP. @throws MapperkitError `invalid_input` when it cannot listen there */
export async function openTcpDoor(
  bus: PlantBus,
  { host, port, whenPortTaken = "fail" }: TcpPlace,
  log: Log = silentLog,
): Promise<BusDoor> {
  const door = new TcpDoor(bus, host, log);
  await door.open(port, whenPortTaken);
  bus.attach(door);
  return door;
}

class TcpDoor implements BusDoor {
  readonly hasConnections = true;
  readonly #bus: PlantBus;
  readonly host: string;
  readonly #log: Log;
  readonly #sockets = new Set<Socket>();
  /** Opening and closing, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #server: Server | undefined;
  port = 0;

  constructor(bus: PlantBus, host: string, log: Log) {
    this.#bus = bus;
    this.host = host;
    this.#log = log;
  }

  get address(): string {
    return `tcp://${this.host}:${this.port}`;
  }

  async open(port: number, whenTaken: "fail" | "next"): Promise<void> {
    const server = createServer({ noDelay: true, keepAlive: true }, (socket) =>
      this.#serve(socket),
    );
    this.port = await listen(server, { host: this.host, port, whenTaken });
    this.#server = server;
  }

  refuse(): () => void {
    this.#inTurn(() => this.#shut());
    return () => this.#inTurn(() => this.open(this.port, "fail"));
  }

  async close(): Promise<void> {
    this.#inTurn(() => this.#shut());
    await this.#turn;
  }

  #inTurn(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch((error: unknown) => {
      this.#log.error("simulated port cannot be opened again", { port: this.port, error });
    });
  }

  async #shut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && once(server, "close");
    server?.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // Clients come and go, cleanly or not: a device does not mind.
    socket.on("error", () => undefined);
    const client = this.#bus.connected({
      send: (bytes) => {
        // Who asks and never reads must not fill the memory.
        if (!socket.write(bytes)) socket.pause();
      },
      close: () => socket.destroy(),
    });
    if (!client) return;
    socket.on("drain", () => socket.resume());
    socket.on("close", () => client.closed());
    socket.on("data", (bytes: Buffer) => {
      try {
        client.heard(bytes);
      } catch (error) {
        this.#log.debug("client does not speak this protocol", { error });
        socket.destroy();
      }
    });
  }
}
