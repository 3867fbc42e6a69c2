import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { createInterface } from "node:readline";
import { parse } from "yaml";

export interface WatchedDevice {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly twins?: readonly {
      readonly propertyName: string;
      readonly reported?: { value: string };
    }[];
  };
}

/** As little of the Kubernetes API as the measurement needs, over plain HTTPS. */
export class KubeApi implements Disposable {
  readonly #server: string;
  readonly #headers: Record<string, string>;
  readonly #agent: Agent;

  constructor(kubeconfig: string) {
    const file = parse(readFileSync(kubeconfig, "utf8"));
    this.#server = file.clusters[0].cluster.server;
    const ca = Buffer.from(file.clusters[0].cluster["certificate-authority-data"], "base64");
    this.#agent = new Agent({ keepAlive: true, ca });
    this.#headers = { Authorization: `Bearer ${file.users[0].user.token}` };
  }

  send(method: string, path: string, body: object): Promise<void> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const headers = { ...this.#headers, "Content-Type": type };
    return new Promise((done, fail) => {
      const url = `${this.#server}${path}`;
      const sent = request(url, { method, agent: this.#agent, headers }, (answer) => {
        const { statusCode = 0 } = answer;
        if (statusCode >= 400) fail(new Error(`${method} ${path}: ${statusCode}`));
        answer.resume().on("end", done);
      });
      sent.on("error", fail).end(JSON.stringify(body));
    });
  }

  watch(path: string, onDevice: (device: WatchedDevice, at: number) => void): void {
    const options = { agent: this.#agent, headers: this.#headers };
    const sent = request(`${this.#server}${path}?watch=1`, options, (answer) => {
      const lines = createInterface({ input: answer });
      lines.on("line", (line) => onDevice(JSON.parse(line).object, performance.now()));
      // The watch lasts until the measurement ends, which cuts it.
      lines.on("error", () => {});
    });
    sent.on("error", () => {}).end();
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
