import type { Clock, Component, Log, Random } from "@mapperkit/runtime";
import { HUB_NAMESPACE, type HubAuthority } from "../certificates/index.ts";
import {
  createSecret,
  encodeSecretData,
  type KubeClient,
  SECRETS,
  untilReachable,
} from "../kube/index.ts";
import { makeSharedToken, SHARED_TOKEN_REFRESH_MS } from "./shared-token.ts";

const NAME = "tokensecret";

/** Keeps KubeEdge's Secret `tokensecret` fresh, for stock edges and `keadm gettoken`. */
export class SharedTokenKeeper implements Component {
  readonly name = "shared-token";
  readonly #parts: {
    client: KubeClient;
    authority: () => HubAuthority;
    clock: Clock;
    random: Random;
    log: Log;
  };
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: {
    client: KubeClient;
    authority: () => HubAuthority;
    clock: Clock;
    random: Random;
    log: Log;
  }) {
    this.#parts = parts;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#refresh(signal);
    this.#running = this.#keep(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.clock.sleep(SHARED_TOKEN_REFRESH_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.#refresh(signal).catch((error: unknown) => {
        if (!signal.aborted) this.#parts.log.error("the shared token was not renewed", { error });
      });
    }
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const { client, authority, clock } = this.#parts;
    await untilReachable(
      async (inner) => {
        const data = { tokendata: Buffer.from(makeSharedToken(authority(), clock.now())) };
        const ref = { namespace: HUB_NAMESPACE, name: NAME };
        if (await createSecret(client, { ...ref, data }, inner)) return;
        const patch = { data: encodeSecretData(data) };
        await client.mergePatch(SECRETS, ref, { patch, signal: inner });
      },
      { ...this.#parts, signal },
    );
  }
}
