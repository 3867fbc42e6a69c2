import type { Server, ServerResponse } from "node:http";
import { type Clock, type Component, type Log, listen, nodeHttp } from "@mapperkit/runtime";
import { type Metric, PROMETHEUS_TEXT, prometheusText } from "./metric.ts";
import type { MonitorConfig } from "./monitor-config.ts";
import { processMetrics } from "./process-metrics.ts";

const TEXT = "text/plain; charset=utf-8";

/** Serves `/metrics`, `/healthz` and `/readyz`; it runs from the beginning, so that it can say "not yet". */
export class Monitor implements Component {
  readonly name = "monitor";
  readonly #config: MonitorConfig;
  readonly #metrics: readonly Metric[];
  readonly #isReady: () => boolean;
  readonly #log: Log;
  #server: Server | undefined;
  #port = 0;

  constructor(options: {
    config: MonitorConfig;
    metrics: readonly Metric[];
    /** Whether edges are served. */
    isReady: () => boolean;
    clock: Clock;
    log: Log;
  }) {
    this.#config = options.config;
    this.#metrics = [...options.metrics, ...processMetrics(options.clock)];
    this.#isReady = options.isReady;
    this.#log = options.log.child({ component: this.name });
  }

  /** 0 until it listens. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const server = nodeHttp().createServer((request, response) => {
      if (request.method === "GET" || request.method === "HEAD")
        this.#answer(request.url, response);
      else reply(response, 405, TEXT, "only GET is served\n");
    });
    this.#server = server;
    const { host, port, whenPortTaken: whenTaken } = this.#config;
    this.#port = await listen(server, { host, port, whenTaken });
    this.#log.info("metrics and health are served", { host, port: this.#port });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  #answer(url: string | undefined, response: ServerResponse): void {
    switch (url?.split("?")[0]) {
      case "/metrics":
        reply(response, 200, PROMETHEUS_TEXT, prometheusText(this.#metrics));
        return;
      case "/healthz":
        reply(response, 200, TEXT, "ok");
        return;
      case "/readyz":
        if (this.#isReady()) reply(response, 200, TEXT, "ok");
        else reply(response, 503, TEXT, "edges are not served yet");
        return;
      default:
        reply(response, 404, TEXT, "not found\n");
    }
  }
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
