import type { ListOptions } from "../listing/index.ts";
import { type KubeObject, view, type World } from "../objects/index.ts";
import type { Representation } from "../representation/index.ts";
import type { ServedResource } from "../resources/index.ts";
import { parseSelection, type Selection } from "../selectors/index.ts";
import { expired } from "../status/index.ts";
import type { Change, ChangeType, StoredObject } from "../store/index.ts";
import { ChangeQueue } from "./change-queue.ts";
import { EventWriter, type WatchOutput } from "./event-writer.ts";
import { errorEvent, WatchEvents } from "./watch-event.ts";
import type { WatchHub } from "./watch-hub.ts";

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
  readonly #events: WatchEvents;
  readonly #queue = new ChangeQueue();
  readonly #initial: readonly StoredObject[] | undefined;
  readonly #backlog: readonly Change[] | undefined;
  readonly #settled: () => Promise<void>;
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
    this.#events = new WatchEvents(resource, representation);
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
    this.#settled = store.witness();
    this.#unsubscribe = this.#hub.add(resource.storage, this.#queue);
  }

  /** Sends until the time is over, the client leaves, or it cannot keep up. */
  async run(output: WatchOutput, left: AbortSignal): Promise<void> {
    const { clock, random } = this.#world;
    const seconds =
      this.#request.options.timeoutSeconds ??
      random.int(SHORTEST_DEFAULT_S, 2 * SHORTEST_DEFAULT_S);
    const { closed } = this.#queue;
    const ends = AbortSignal.any([left, closed, clock.timeout(seconds * 1000)]);
    const wake = () => this.#queue.wake();
    ends.addEventListener("abort", wake, { once: true });
    const stopBookmarks = clock.every(BOOKMARK_MS, () => {
      this.#isBookmarkDue = true;
      wake();
    });
    const writer = new EventWriter(output, ends);
    try {
      await this.#settled();
      await this.#send(writer);
      const isComplete = !left.aborted && !closed.aborted && this.#queue.isEmpty;
      if (isComplete) await this.#bookmark(writer);
    } catch (error) {
      if (!left.aborted) output.write(errorEvent(error));
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

  async #send(writer: EventWriter): Promise<void> {
    if (this.#backlog === undefined) {
      throw expired(`too old resource version: ${this.#from} (${this.#world.store.version})`);
    }
    if (this.#initial !== undefined) await this.#sendInitial(this.#initial, writer);
    await this.#sendChanges(this.#backlog, writer);
    while (!writer.isOver) {
      const changes = this.#queue.take();
      if (changes.length > 0) await this.#sendChanges(changes, writer);
      else if (this.#isBookmarkDue) await this.#bookmark(writer);
      else await this.#queue.waiting();
    }
  }

  async #sendInitial(objects: readonly StoredObject[], writer: EventWriter): Promise<void> {
    for (const [index, stored] of objects.entries()) {
      if (writer.isOver) return;
      const event = await this.#initialEvent(stored);
      if (event !== undefined) await writer.add(event);
      if (index % SLICE === SLICE - 1) await yieldTurn();
    }
    const { sendInitialEvents, allowWatchBookmarks } = this.#request.options;
    if (sendInitialEvents === true && allowWatchBookmarks) {
      const annotations = { "k8s.io/initial-events-end": "true" };
      await writer.add(this.#events.bookmark(this.#from, { annotations }));
    }
    await writer.flush();
  }

  async #initialEvent(stored: StoredObject): Promise<Buffer | undefined> {
    const { resource, representation } = this.#request;
    const seen = () => view(resource, stored);
    if (!(await this.#selects(stored, seen))) return undefined;
    if (representation.accepted.shape === undefined) return this.#events.ofStored("ADDED", stored);
    return this.#eventOf("ADDED", await seen());
  }

  async #sendChanges(changes: readonly Change[], writer: EventWriter): Promise<void> {
    for (const change of changes) {
      if (writer.isOver) return;
      if (change.object.resourceVersion <= this.#from) continue;
      const event = await this.#changeEvent(change);
      if (event !== undefined) await writer.add(event);
    }
    await writer.flush();
  }

  /** Leaving the selection is a deletion to this client, entering it an addition. */
  async #changeEvent(change: Change): Promise<Buffer | undefined> {
    const { object, previous } = change;
    const { resource } = this.#request;
    const seen = (stored: StoredObject) => () => this.#hub.view(change, stored, resource);
    const was = previous !== undefined && (await this.#selects(previous, seen(previous)));
    const is = change.type !== "DELETED" && (await this.#selects(object, seen(object)));
    if (!was && !is) return undefined;
    if (was && !is && change.type === "MODIFIED" && previous !== undefined) {
      const last = await this.#hub.view(change, previous, resource);
      const resourceVersion = String(object.resourceVersion);
      return this.#eventOf("DELETED", { ...last, metadata: { ...last.metadata, resourceVersion } });
    }
    return await this.#sharedEvent(is ? (was ? "MODIFIED" : "ADDED") : "DELETED", change);
  }

  async #sharedEvent(type: ChangeType, change: Change): Promise<Buffer> {
    const { resource, representation } = this.#request;
    const { object } = change;
    const current = () => this.#hub.view(change, object, resource);
    // The columns go out once, with an event of this watch's own.
    if (this.#events.isTable && !this.#sentColumns) return this.#eventOf(type, await current());
    return await this.#hub.event(change, `${type} ${this.#events.key}`, async () =>
      representation.accepted.shape === undefined
        ? await this.#events.ofStored(type, object)
        : this.#eventOf(type, await current()),
    );
  }

  async #selects(stored: StoredObject, seen: () => Promise<KubeObject>): Promise<boolean> {
    const { namespace } = this.#request;
    if (namespace !== "" && stored.namespace !== namespace) return false;
    const { matches, name } = this.#selection;
    if (name !== undefined && stored.name !== name) return false;
    return matches === undefined || matches(await seen());
  }

  #eventOf(type: ChangeType, object: KubeObject): Buffer {
    const columns = !this.#sentColumns;
    this.#sentColumns = true;
    return this.#events.ofObject(type, object, { now: this.#world.clock.now(), columns });
  }

  async #bookmark(writer: EventWriter): Promise<void> {
    this.#isBookmarkDue = false;
    if (!this.#request.options.allowWatchBookmarks) return;
    const version = Math.max(this.#world.store.publishedVersion, this.#from);
    await writer.add(this.#events.bookmark(version, {}));
    await writer.flush();
  }
}

function yieldTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
