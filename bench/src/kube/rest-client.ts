import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { parse } from "yaml";

const NEWLINE = 10;
/** So many handshakes at once that the server's queue of connections holds them. */
const OPENED_AT_ONCE = 100;

/** The same plain client for the stand-in and for its floor. */
export class RestClient implements Disposable {
  readonly #server: string;
  readonly #headers: Record<string, string>;
  readonly #agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

  /** `target`: a URL, or the path of a kubeconfig. */
  constructor(target: string) {
    const file = target.startsWith("https:") ? undefined : parse(readFileSync(target, "utf8"));
    this.#server = file?.clusters[0].cluster.server ?? target;
    this.#headers = file ? { Authorization: `Bearer ${file.users[0].user.token}` } : {};
  }

  /** Resolves with the number of bytes of the answer. */
  send(method: string, path: string, body?: object): Promise<number> {
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const headers = { ...this.#headers, ...(body && { "Content-Type": type }) };
    return new Promise((done, fail) => {
      const url = `${this.#server}${path}`;
      request(url, { method, agent: this.#agent, headers }, (answer) => {
        let bytes = 0;
        answer.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
        });
        answer.on("end", () =>
          answer.statusCode! < 300
            ? done(bytes)
            : fail(new Error(`${method} ${path}: ${answer.statusCode}`)),
        );
      })
        .on("error", fail)
        .end(body && JSON.stringify(body));
    });
  }

  /** The object's resourceVersion; 0 where the server knows of none. */
  async version(path: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const options = { agent: this.#agent, headers: this.#headers };
    request(`${this.#server}${path}`, options, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () => resolve(/"resourceVersion":"(\d+)"/.exec(text)?.[1] ?? "0"));
    })
      .on("error", reject)
      .end();
    return await promise;
  }

  /** Opens watches; `onEvent` is called for each event of each of them. */
  async watch(count: number, path: string, onEvent: () => void): Promise<void> {
    const open = () =>
      new Promise<void>((opened, fail) => {
        const options = { agent: this.#agent, headers: this.#headers };
        request(`${this.#server}${path}`, options, (answer) => {
          opened();
          answer.on("data", (chunk: Buffer) => {
            for (const byte of chunk) if (byte === NEWLINE) onEvent();
          });
          // The watch lasts until the measurement ends, which cuts it.
          answer.on("error", () => {});
        })
          .on("error", fail)
          .end();
      });
    for (let done = 0; done < count; done += OPENED_AT_ONCE) {
      const now = Math.min(OPENED_AT_ONCE, count - done);
      await Promise.all(Array.from({ length: now }, open));
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
