import { MapperkitError } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import { isNodeName, loadHubAuthority } from "../certificates/index.ts";
import type { KubeClient } from "../kube/index.ts";
import { NodeTokens, type TokenRecord } from "./node-tokens.ts";

/**
 * Makes the token with which a node joins. The cloud's authority is made when there is none yet.
 * @throws MapperkitError `invalid_input` naming node or ttl
 */
export async function createJoinToken(
  { client, clock }: { client: KubeClient; clock: Clock },
  wish: { node: string; ttlMs: number },
  signal: AbortSignal,
): Promise<TokenRecord & { readonly token: string }> {
  if (!isNodeName(wish.node)) {
    throw new MapperkitError(
      "invalid_input",
      `node ${JSON.stringify(wish.node)}: expected a node's name as Kubernetes has it`,
    );
  }
  if (!(wish.ttlMs > 0)) {
    throw new MapperkitError("invalid_input", `ttl ${wish.ttlMs} ms: expected more than 0`);
  }
  const { fingerprint } = await loadHubAuthority({ client, clock, signal });
  const { bearer, ...record } = await new NodeTokens({ client, clock }).create(wish, signal);
  return { ...record, token: `${fingerprint}.${bearer}` };
}
