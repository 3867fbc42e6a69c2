import type { ListOptions } from "../listing/index.ts";
import { groupVersion, type KubeObject, type World } from "../objects/index.ts";
import { type Representation, represent } from "../representation/index.ts";
import type { ServedResource } from "../resources/index.ts";
import { parseSelection, type Selection } from "../selectors/index.ts";
import { expired, internalError, StatusError } from "../status/index.ts";
import type { Change, ChangeType, StoredObject } from "../store/index.ts";
import { ChangeQueue } from "./change-queue.ts";
import type { WatchHub } from "./watch-hub.ts";

/** Where the lines of a watch go. */
export interface WatchOutput {
  /** False when the client should be given time to read. */
  write(text: string): boolean;
  drained(signal: AbortSignal): Promise<void>;
}

export interface WatchRequest {
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly options: ListOptions;
  readonly representation: Representation;
}

const BOOKMARK_MS = 60_000;
const SLICE = 200;
const SHORTEST_DEFAULT_S = 1800;

/** One client's view of the changes of one resource, in the order of their versions. */
export class Watch {
  readonly #world: World;
  readonly #hub: WatchHub;
  readonly #request: WatchRequest;
  readonly #selection: Selection;
  readonly #queue = new ChangeQueue();
  readonly #formatKey: string;
  readonly #initial: readonly StoredObject[] | undefined;
  readonly #backlog: readonly Change[] | undefined;
  readonly #unsubscribe: () => void;
  readonly #from: number;
  #sentColumns = false;
  #isBookmarkDue = false;

  /**
   * Reads the store and begins to listen in one turn, so that no change falls between.
   * @throws StatusError 400 for selectors that cannot be read
   */
  constructor(world: World, hub: WatchHub, request: WatchRequest) {
    this.#world = world;
    this.#hub = hub;
    this.#request = request;
    const { resource, options, representation, namespace } = request;
    this.#selection = parseSelection(resource, {
      labels: options.labelSelector,
      fields: options.fieldSelector,
    });
    const { accepted } = representation;
    this.#formatKey = `${resource.group}/${resource.version} ${accepted.shape ?? "full"}`;
    const { store } = world;
    const { resourceVersion, sendInitialEvents } = options;
    const isFromNow = resourceVersion === undefined || resourceVersion === 0;
    if (sendInitialEvents ?? isFromNow) {
      this.#initial = store.list(resource.storage, namespace === "" ? undefined : namespace);
      this.#backlog = [];
      this.#from = store.version;
    } else {
      this.#from = isFromNow ? store.version : resourceVersion;
      this.#backlog = store.changesSince(resource.storage, this.#from);
    }
    this.#unsubscribe = this.#hub.add(resource.storage, this.#queue);
  }

  /** Sends until the time is over, the client leaves, or it cannot keep up. */
  async run(output: WatchOutput, left: AbortSignal): Promise<void> {
    const { clock, random } = this.#world;
    const seconds =
      this.#request.options.timeoutSeconds ??
      random.int(SHORTEST_DEFAULT_S, 2 * SHORTEST_DEFAULT_S);
    const ends = AbortSignal.any([left, clock.timeout(seconds * 1000)]);
    const wake = () => this.#queue.wake();
    ends.addEventListener("abort", wake, { once: true });
    const stopBookmarks = clock.every(BOOKMARK_MS, () => {
      this.#isBookmarkDue = true;
      wake();
    });
    try {
      await this.#send(output, ends);
      if (!left.aborted && !this.#queue.isClosed && this.#queue.isEmpty) this.#bookmark(output);
    } catch (error) {
      if (!left.aborted) output.write(errorLine(error));
    } finally {
      stopBookmarks();
      ends.removeEventListener("abort", wake);
      this.#unsubscribe();
    }
  }

  /** Ends a watch that was never run. */
  dispose(): void {
    this.#unsubscribe();
  }

  async #send(output: WatchOutput, ends: AbortSignal): Promise<void> {
    if (this.#backlog === undefined) {
      throw expired(`too old resource version: ${this.#from} (${this.#world.store.version})`);
    }
    if (this.#initial !== undefined) await this.#sendInitial(this.#initial, output, ends);
    await this.#sendChanges(this.#backlog, output, ends);
    while (!ends.aborted && !this.#queue.isClosed) {
      const changes = this.#queue.take();
      if (changes.length > 0) await this.#sendChanges(changes, output, ends);
      else if (this.#isBookmarkDue) this.#bookmark(output);
      else await this.#queue.waiting();
    }
  }

  async #sendInitial(
    objects: readonly StoredObject[],
    output: WatchOutput,
    ends: AbortSignal,
  ): Promise<void> {
    for (const [index, stored] of objects.entries()) {
      if (ends.aborted) return;
      if (await this.#selects(stored)) {
        const object = await this.#hub.view(this.#request.resource, stored);
        await this.#write(output, this.#line("ADDED", object), ends);
      }
      if (index % SLICE === SLICE - 1) await yieldTurn();
    }
    const { sendInitialEvents, allowWatchBookmarks } = this.#request.options;
    if (sendInitialEvents === true && allowWatchBookmarks) {
      const annotations = { "k8s.io/initial-events-end": "true" };
      output.write(this.#bookmarkLine(this.#from, { annotations }));
    }
  }

  async #sendChanges(
    changes: readonly Change[],
    output: WatchOutput,
    ends: AbortSignal,
  ): Promise<void> {
    for (const change of changes) {
      if (ends.aborted) return;
      if (change.object.resourceVersion <= this.#from) continue;
      const line = await this.#changeLine(change);
      if (line !== undefined) await this.#write(output, line, ends);
    }
  }

  /** Leaving the selection is a deletion to this client, entering it an addition. */
  async #changeLine(change: Change): Promise<string | undefined> {
    const { object, previous } = change;
    const was = previous !== undefined && (await this.#selects(previous));
    const is = change.type !== "DELETED" && (await this.#selects(object));
    if (!was && !is) return undefined;
    const { resource, representation } = this.#request;
    if (was && !is && change.type === "MODIFIED" && previous !== undefined) {
      const last = await this.#hub.view(resource, previous);
      const resourceVersion = String(object.resourceVersion);
      return this.#line("DELETED", { ...last, metadata: { ...last.metadata, resourceVersion } });
    }
    const type: ChangeType = is ? (was ? "MODIFIED" : "ADDED") : "DELETED";
    const current = await this.#hub.view(resource, object);
    if (representation.accepted.shape === "Table") return this.#line(type, current);
    const key = `${type} ${this.#formatKey}`;
    return this.#hub.line(change, key, () => this.#line(type, current));
  }

  async #selects(stored: StoredObject): Promise<boolean> {
    const { namespace, resource } = this.#request;
    if (namespace !== "" && stored.namespace !== namespace) return false;
    const { matches, name } = this.#selection;
    if (name !== undefined && stored.name !== name) return false;
    return matches === undefined || matches(await this.#hub.view(resource, stored));
  }

  #line(type: ChangeType, object: KubeObject): string {
    const { resource, representation } = this.#request;
    const now = this.#world.clock.now();
    return eventLine(type, this.#trim(represent(resource, object, { ...representation, now })));
  }

  /** Column definitions go out once. */
  #trim(value: { [key: string]: unknown }): { [key: string]: unknown } {
    if (this.#request.representation.accepted.shape !== "Table") return value;
    if (this.#sentColumns) return { ...value, columnDefinitions: null };
    this.#sentColumns = true;
    return value;
  }

  #bookmark(output: WatchOutput): void {
    this.#isBookmarkDue = false;
    if (!this.#request.options.allowWatchBookmarks) return;
    output.write(this.#bookmarkLine(Math.max(this.#world.store.version, this.#from), {}));
  }

  #bookmarkLine(version: number, more: object): string {
    const { resource, representation } = this.#request;
    const metadata = { resourceVersion: String(version), ...more };
    if (representation.accepted.shape === "Table") {
      const empty = { kind: "Table", apiVersion: "meta.k8s.io/v1", metadata, rows: [] };
      return eventLine("BOOKMARK", { ...empty, columnDefinitions: null });
    }
    const apiVersion = groupVersion(resource.group, resource.version);
    return eventLine("BOOKMARK", { kind: resource.kind, apiVersion, metadata });
  }

  async #write(output: WatchOutput, line: string, ends: AbortSignal): Promise<void> {
    if (!output.write(line)) await output.drained(ends);
  }
}

function eventLine(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function errorLine(error: unknown): string {
  const status =
    error instanceof StatusError ? error : internalError("the watch could not be continued", error);
  return eventLine("ERROR", status.toStatus());
}

function yieldTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
