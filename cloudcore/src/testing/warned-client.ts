import { KubeConnection } from "../kube/client/kube-connection.ts";
import { type KubeResource, type ObjectRef, objectPath } from "../kube/client/kube-resource.ts";
import { loadKubeconfig } from "../kube/index.ts";

/** Writes as a user's tool does, and reads the warnings that come with the answer. */
export class WarnedClient {
  readonly #connection: KubeConnection;

  private constructor(connection: KubeConnection) {
    this.#connection = connection;
  }

  static async open(kubeconfig: string): Promise<WarnedClient> {
    return new WarnedClient(new KubeConnection(await loadKubeconfig(kubeconfig), "test"));
  }

  /** A merge patch. */
  async patch(
    resource: KubeResource,
    ref: ObjectRef,
    { body, fieldManager }: { body: object; fieldManager: string },
  ): Promise<{ status: number | undefined; warnings: readonly string[] }> {
    const response = await this.#connection.send({
      method: "PATCH",
      path: `${objectPath(resource, ref)}?fieldManager=${fieldManager}`,
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify(body),
      signal: new AbortController().signal,
    });
    response.resume();
    const { warning } = response.headersDistinct;
    return { status: response.statusCode, warnings: warning ?? [] };
  }

  close(): void {
    this.#connection.close();
  }
}
