import type { KubeClient, KubeResource } from "../../kube/index.ts";
import type { Authenticate } from "./rest-listener.ts";

const TOKEN_REVIEWS: KubeResource = {
  group: "authentication.k8s.io",
  version: "v1",
  plural: "tokenreviews",
};

/** Has Kubernetes say who sends a token. */
export function tokenReview(client: KubeClient): Authenticate {
  return async (token, signal) => {
    const review = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      // Comes back with the answer.
      metadata: { name: "router" },
      spec: { token },
    };
    const { status } = await client.create(TOKEN_REVIEWS, review, { signal });
    const { authenticated, user } = (status ?? {}) as {
      authenticated?: boolean;
      user?: { username?: string; groups?: string[] };
    };
    if (authenticated !== true || !user?.username) return undefined;
    return [user.username, ...(user.groups ?? [])];
  };
}
