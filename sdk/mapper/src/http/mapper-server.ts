import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { MapperkitError } from "@mapperkit/api";
import { type Log, listen, nodeHttp } from "@mapperkit/runtime";
import { messageOf } from "../endpoint/failure.ts";
import type { MapperMetrics } from "../metrics/mapper-metrics.ts";
import type { DeviceViews } from "../process/device-views.ts";
import { answerError, answerJson, answerText } from "./answer.ts";
import { answerDevices, answerProperty, putDesired } from "./property-routes.ts";
import { watchProperty } from "./watch-route.ts";
import type { Watchers } from "./watchers.ts";

export interface HttpOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1: whoever reaches the port may set desired values. */
  readonly host?: string;
  /** Called with the port that was taken. */
  readonly onListening?: (port: number) => void;
}

interface ServerParts {
  readonly metrics: MapperMetrics;
  readonly watchers: Watchers;
  readonly log: Log;
}

const PROPERTY = /^\/v1\/devices\/([^/]+)\/([^/]+)\/properties\/([^/]+)(\/desired|\/watch)?$/;

/** Values, desired values and measures of one mapper over HTTP. Reading never writes. */
export class MapperServer {
  readonly #options: HttpOptions;
  readonly #parts: ServerParts;
  #server: Server | undefined;

  constructor(options: HttpOptions, parts: ServerParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** @throws MapperkitError `invalid_input` naming a port that is taken */
  async start(views: DeviceViews): Promise<void> {
    const { host = "127.0.0.1", port, onListening } = this.#options;
    const server = nodeHttp().createServer((request, response) => {
      this.#serve(views, request, response).catch((error: unknown) => {
        this.#parts.log.debug("HTTP request failed", { error: messageOf(error) });
        answerError(response, error);
      });
    });
    const taken = await listen(server, { host, port, whenTaken: "fail" });
    this.#server = server;
    onListening?.(taken);
    this.#parts.log.info("HTTP is served", { host, port: taken });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }

  async #serve(
    views: DeviceViews,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const [, namespace = "", name = "", property = "", action = ""] =
      PROPERTY.exec(pathname)?.map((part) => decoded(part)) ?? [];
    if (property !== "" && action === "/desired") {
      return await putDesired(views, request, response, `${namespace}/${name}`, property);
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("allow", "GET, HEAD");
      return answerJson(response, 405, { error: `${request.method} is not allowed here` });
    }
    if (property !== "") {
      const id = `${namespace}/${name}` as const;
      if (action !== "/watch") return answerProperty(views, response, id, property);
      return watchProperty(views, this.#parts.watchers, response, id, property);
    }
    return await this.#servePlain(views, pathname, response);
  }

  async #servePlain(views: DeviceViews, path: string, response: ServerResponse): Promise<void> {
    switch (path) {
      case "/v1/devices":
        return answerDevices(views, response);
      case "/healthz":
        return answerText(response, 200, "ok\n");
      case "/readyz":
        if (views.isLinkUp) return answerText(response, 200, "ok\n");
        return answerText(response, 503, "the edge is not reached\n");
      case "/metrics": {
        const { metrics } = this.#parts;
        return answerText(response, 200, metrics.text(views.devices()), metrics.contentType);
      }
      default:
        throw new MapperkitError("not_found", `${path} is no path of this mapper`);
    }
  }
}

/** @throws MapperkitError `invalid_input` for a percent sign that means nothing */
function decoded(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? "");
  } catch {
    throw new MapperkitError("invalid_input", `path has ${JSON.stringify(part)}, must be encoded`);
  }
}
