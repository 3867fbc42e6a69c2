import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { createInterface } from "node:readline";
import { parse } from "yaml";

interface KubeconfigFile {
  clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
  users: { user: { token: string } }[];
}

export interface KubeAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
  readonly body: any;
}

/** The Kubernetes API by plain HTTPS: what the story promises holds without kubectl too. */
export class KubeHttp implements Disposable {
  readonly #server: string;
  readonly #token: string;
  readonly #agent: Agent;

  constructor(kubeconfigFile: string) {
    const file = parse(readFileSync(kubeconfigFile, "utf8")) as KubeconfigFile;
    const { server, "certificate-authority-data": ca } = file.clusters[0]!.cluster;
    this.#server = server;
    this.#token = file.users[0]!.user.token;
    this.#agent = new Agent({ keepAlive: true, ca: Buffer.from(ca, "base64") });
  }

  get(path: string): Promise<KubeAnswer> {
    return this.#call("GET", path);
  }

  post(path: string, body: unknown): Promise<KubeAnswer> {
    return this.#call("POST", path, body);
  }

  delete(path: string): Promise<KubeAnswer> {
    return this.#call("DELETE", path);
  }

  patch(path: string, body: unknown): Promise<KubeAnswer> {
    return this.#call("PATCH", path, body, "application/merge-patch+json");
  }

  /** Calls `onEvent` for each watch event until the returned function is called. */
  watch(path: string, onEvent: (event: KubeAnswer["body"]) => void): () => void {
    const call = request(`${this.#server}${path}?watch=1`, this.#options("GET"), (response) => {
      const lines = createInterface({ input: response });
      lines.on("line", (line) => onEvent(JSON.parse(line))).on("error", () => {});
    });
    call.on("error", () => {});
    call.end();
    return () => call.destroy();
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #options(method: string) {
    return { method, agent: this.#agent, headers: { Authorization: `Bearer ${this.#token}` } };
  }

  #call(method: string, path: string, body?: unknown, type = "application/json") {
    return new Promise<KubeAnswer>((resolve, reject) => {
      const call = request(`${this.#server}${path}`, this.#options(method), (response) => {
        const chunks: Buffer[] = [];
        response
          .on("data", (chunk: Buffer) => chunks.push(chunk))
          .on("end", () => {
            const text = Buffer.concat(chunks).toString();
            resolve({
              status: response.statusCode ?? 0,
              body: text ? JSON.parse(text) : undefined,
            });
          });
      });
      call.on("error", reject);
      if (body !== undefined) call.setHeader("Content-Type", type);
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
