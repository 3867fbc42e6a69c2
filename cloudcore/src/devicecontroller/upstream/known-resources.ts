import { parseResource, type Resource } from "@mapperkit/api";

/** More than the devices of a large cloud; beyond it the oldest are read anew. */
const MAX_KNOWN = 20_000;

/** What resources mean. Edges name the same few in every message, and reading one costs as much as its report. */
export class KnownResources {
  readonly #known = new Map<string, Resource>();

  read(resource: string): Resource {
    const known = this.#known.get(resource);
    if (known) return known;
    const read = parseResource(resource);
    // Of what is not understood there may be any number.
    if (read.kind === "other") return read;
    if (this.#known.size >= MAX_KNOWN) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(resource, read);
    return read;
  }
}
