import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { readListOptions } from "../listing/index.ts";
import type { World } from "../objects/index.ts";
import { negotiate, readIncludeObject, type Shape } from "../representation/index.ts";
import type { Exchange } from "../requests/index.ts";
import type { ServedResource } from "../resources/index.ts";
import { Watch, type WatchHub, type WatchOutput } from "../watch/index.ts";

/** So long the end of a stream may take to be read. */
const GRACE_MS = 10_000;
const SHAPES: readonly Shape[] = ["Table", "PartialObjectMetadata"];

/** Streams the changes of a collection until the client leaves, time is over or the server stops. */
export async function handleWatch(
  world: World,
  hub: WatchHub,
  exchange: Exchange,
  {
    resource,
    namespace,
    stopping,
  }: {
    readonly resource: ServedResource;
    readonly namespace: string;
    readonly stopping: AbortSignal;
  },
): Promise<void> {
  const { response, query } = exchange;
  const representation = {
    accepted: negotiate(exchange.request.headers.accept, SHAPES),
    includeObject: readIncludeObject(query.get("includeObject")),
    now: world.clock.now(),
  };
  const options = readListOptions(query, true);
  const watch = new Watch(world, hub, { resource, namespace, options, representation });
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  exchange.begin(200, { "Content-Type": "application/json" });
  // Clients wait for the headers before their own timeout begins to count.
  response.flushHeaders();
  await watch.run(new ResponseOutput(response), AbortSignal.any([gone.signal, stopping]));
  // A stopping server closes the connection, but not before the end of the stream is sent.
  if (stopping.aborted) response.once("finish", () => exchange.request.socket.end());
  response.end();
  await endOrDestroy(response, world.clock);
}

/** Who does not even read the end of the stream holds memory for nothing. */
async function endOrDestroy(response: ServerResponse, clock: World["clock"]): Promise<void> {
  if (response.writableFinished || response.destroyed) return;
  const ended = new AbortController();
  response.once("close", () => ended.abort());
  response.once("finish", () => ended.abort());
  await clock.sleep(GRACE_MS, ended.signal).catch(() => undefined);
  if (!response.writableFinished) response.destroy();
}

class ResponseOutput implements WatchOutput {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  write(bytes: Uint8Array): boolean {
    return this.#response.write(bytes);
  }

  async drained(signal: AbortSignal): Promise<void> {
    try {
      await once(this.#response, "drain", { signal });
    } catch {
      // Aborted: the watch is over and looks at the same signal.
    }
  }
}
