import { Endpoint } from "./endpoint.ts";
import type { EndpointParts, EndpointUser } from "./endpoint-parts.ts";

/** The endpoints in use, by key: devices that name the same one share its session. */
export class EndpointPool {
  readonly #endpoints = new Map<string, Endpoint>();

  /** `parts` is asked only when the endpoint is new. */
  acquire(key: string, user: EndpointUser, parts: () => EndpointParts): Endpoint {
    const endpoint = this.#endpoints.get(key) ?? new Endpoint(parts());
    this.#endpoints.set(key, endpoint);
    endpoint.attach(user);
    return endpoint;
  }

  find(key: string): Endpoint | undefined {
    return this.#endpoints.get(key);
  }

  /** Ends all of them, whoever uses them; what is under way may end first. */
  async retire(): Promise<void> {
    const endpoints = [...this.#endpoints.values()];
    this.#endpoints.clear();
    await Promise.all(endpoints.map((endpoint) => endpoint.retire()));
  }

  /** Resolves when the session is closed, if nobody else uses it. */
  async release(key: string, user: EndpointUser): Promise<void> {
    const endpoint = this.#endpoints.get(key);
    endpoint?.detach(user);
    if (!endpoint?.isUnused) return;
    this.#endpoints.delete(key);
    await endpoint.stop();
  }
}
