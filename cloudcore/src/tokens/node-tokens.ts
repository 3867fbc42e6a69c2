import { timingSafeEqual } from "node:crypto";
import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import {
  createSecret,
  encodeSecretData,
  type KubeClient,
  type KubeObject,
  orUndefined,
  SECRETS,
  secretData,
} from "../kube/index.ts";
import { makeNodeToken, tokenHash, tokenIdOf } from "./token-text.ts";

const NAMESPACE = "kubeedge";
const NAME_PREFIX = "mapperkit-token-";
const LABEL = "mapperkit.io/join-token";
/** Spent and expired tokens are listed for this long, so that people see what became of them. */
const KEPT_MS = 7 * 86_400_000;

/** A token as Kubernetes keeps it: never the token itself. */
export interface TokenRecord {
  readonly id: string;
  readonly node: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** When a node first joined with it. */
  readonly usedAt?: number;
}

interface HeldToken extends TokenRecord {
  readonly hash: string;
  /** Hash of the public key that it was used for. */
  readonly usedFor?: string;
  readonly resourceVersion: string | undefined;
}

/** Tokens with which one node joins once. Each is a Secret that holds a hash. */
export class NodeTokens {
  readonly #client: KubeClient;
  readonly #clock: Clock;

  constructor(options: { client: KubeClient; clock: Clock }) {
    this.#client = options.client;
    this.#clock = options.clock;
  }

  /** The bearer part is told once and kept nowhere. */
  async create(
    wish: { node: string; ttlMs: number },
    signal: AbortSignal,
  ): Promise<TokenRecord & { readonly bearer: string }> {
    const now = this.#clock.now();
    const expiresAt = now + wish.ttlMs;
    const { id, bearer } = makeNodeToken({ node: wish.node, exp: Math.floor(expiresAt / 1000) });
    const data = {
      node: wish.node,
      hash: tokenHash(bearer),
      created: String(now),
      expires: String(expiresAt),
    };
    const parts = { namespace: NAMESPACE, name: nameOf(id), labels: { [LABEL]: "node" } };
    await this.#sweep(signal);
    await createSecret(this.#client, { ...parts, data: bytesOf(data) }, signal);
    return { id, node: wish.node, createdAt: now, expiresAt, bearer };
  }

  async list(signal: AbortSignal): Promise<readonly TokenRecord[]> {
    return (await this.#held(signal)).sort((a, b) => a.createdAt - b.createdAt);
  }

  /** @throws MapperkitError `not_found` */
  async delete(id: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.delete(SECRETS, refOf(id), signal);
    } catch (error) {
      if (!(error instanceof MapperkitError) || error.code !== "not_found") throw error;
      throw new MapperkitError(
        "not_found",
        `there is no token ${id}: see \`mapperkit token list\``,
      );
    }
  }

  /**
   * Spends a token on a node's public key. The same key may come again until the token expires,
   * since the answer may have been lost.
   * @throws MapperkitError `rejected` with the reason
   */
  async redeem(
    bearer: string,
    use: { node: string; keyHash: string },
    signal: AbortSignal,
  ): Promise<void> {
    const id = tokenIdOf(bearer);
    if (!id) throw refused("it is not one of this cloud's");
    const secret = await this.#client
      .get(SECRETS, refOf(id), signal)
      .catch(orUndefined("not_found"));
    const held = secret && readToken(secret);
    if (!held || !isEqual(held.hash, tokenHash(bearer))) {
      throw refused("this cloud does not know it, or it was deleted");
    }
    this.#check(held, use);
    if (held.usedFor === use.keyHash) return;
    const data = bytesOf({ usedFor: use.keyHash, used: String(this.#clock.now()) });
    const { resourceVersion } = held;
    const patch = { metadata: { resourceVersion }, data: encodeSecretData(data) };
    try {
      await this.#client.mergePatch(SECRETS, refOf(id), { patch, signal });
    } catch (error) {
      if (error instanceof MapperkitError && error.code === "conflict") {
        throw refused("it is being used by another", error);
      }
      throw error;
    }
  }

  #check(held: HeldToken, use: { node: string; keyHash: string }): void {
    if (held.expiresAt <= this.#clock.now()) {
      throw refused(`it expired at ${timeOf(held.expiresAt)}`);
    }
    if (held.node !== use.node) {
      throw refused(`it is for node ${held.node}, not for ${use.node}`);
    }
    if (held.usedFor !== undefined && held.usedFor !== use.keyHash) {
      throw refused(`it was used at ${timeOf(held.usedAt ?? 0)}, and is good for one join`);
    }
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const limit = this.#clock.now() - KEPT_MS;
    for (const { id, expiresAt } of await this.#held(signal)) {
      if (expiresAt < limit) await this.#client.delete(SECRETS, refOf(id), signal);
    }
  }

  async #held(signal: AbortSignal): Promise<HeldToken[]> {
    const query = { namespace: NAMESPACE, labelSelector: LABEL, limit: 500 };
    const held: HeldToken[] = [];
    let token: string | undefined;
    do {
      const page = await this.#client.listPage(
        SECRETS,
        { ...query, ...(token && { continue: token }) },
        signal,
      );
      held.push(...page.items.flatMap((item) => readToken(item) ?? []));
      token = page.continueToken;
    } while (token);
    return held;
  }
}

function readToken(secret: KubeObject): HeldToken | undefined {
  const data = secretData(secret);
  const text = (key: string) => data[key]?.toString("utf8");
  const [node, hash] = [text("node"), text("hash")];
  if (!node || !hash) return undefined;
  const [usedFor, used] = [text("usedFor"), text("used")];
  return {
    id: secret.metadata.name.slice(NAME_PREFIX.length),
    node,
    hash,
    createdAt: Number(text("created") ?? 0),
    // What cannot be read has expired.
    expiresAt: Number(text("expires") ?? 0) || 0,
    ...(usedFor !== undefined && { usedFor }),
    ...(used !== undefined && { usedAt: Number(used) }),
    resourceVersion: secret.metadata.resourceVersion,
  };
}

function refused(why: string, cause?: unknown): MapperkitError {
  const message = `the token is refused: ${why}; make one with \`mapperkit token create --node NAME\``;
  return new MapperkitError("rejected", message, { cause });
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function bytesOf(data: Readonly<Record<string, string>>): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text)]));
}

function refOf(id: string) {
  return { namespace: NAMESPACE, name: nameOf(id) };
}

function nameOf(id: string): string {
  return `${NAME_PREFIX}${id}`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
