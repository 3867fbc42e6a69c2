import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import {
  type CloudCore,
  type CloudCoreConfig,
  cloudCoreConfig,
  createCloudCore,
} from "@mapperkit/cloudcore";
import { createEdgeCore, type EdgeCore, edgeCoreConfig } from "@mapperkit/edgecore";
import { createRandom, MemoryLog, RealClock } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { parse } from "yaml";
import { CountingProxy } from "./counting-proxy.ts";
import { eventually } from "./eventually.ts";
import { KubeHttp } from "./kube-http.ts";
import { ScratchFolder } from "./scratch-folder.ts";

const examples = resolve(import.meta.dirname, "../../../examples/rules");
const NODE = "k8s-edge-1";

/** What an HTTP server was asked. */
export interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** API server, cloud with a router, and the edge `k8s-edge-1` behind a line that can be cut. */
export class RulesSystem implements AsyncDisposable {
  readonly folder = new ScratchFolder();
  readonly log = new MemoryLog();
  kube!: KubeHttp;
  cloud!: CloudCore;
  edge!: EdgeCore;
  readonly line = new CountingProxy(() => this.cloud.hubPort);
  readonly #signal = new AbortController().signal;
  readonly #started: { stop(): Promise<void> }[] = [];
  readonly #servers: Server[] = [];
  #linePort = 0;

  static async start(router: Partial<CloudCoreConfig["router"]> = {}): Promise<RulesSystem> {
    const made = new RulesSystem();
    const kubeconfigFile = made.folder.join("kubeconfig");
    const dataDir = made.folder.join("kubernetes");
    const kube = createKubernetes(
      kubernetesConfig.parse({ dataDir, port: 0, kubeconfigFile }),
      made.#tools(),
    );
    made.#started.push(kube);
    await kube.start(made.#signal);
    made.kube = new KubeHttp(kubeconfigFile);
    const config = cloudCoreConfig.parse({
      kubeconfig: kubeconfigFile,
      hub: { port: 0 },
      webhook: { port: 0 },
      router: { port: 0, ...router },
    });
    made.cloud = createCloudCore(config, made.#tools());
    made.#started.push(made.cloud);
    await made.cloud.start(made.#signal);
    made.#linePort = await made.line.listen();
    await made.startEdge();
    return made;
  }

  /** On the state that is there; the last one must have stopped. */
  async startEdge(): Promise<void> {
    const config = edgeCoreConfig.parse({
      node: NODE,
      dataDir: this.folder.join("edge"),
      cloud: { url: `ws://127.0.0.1:${this.#linePort}` },
      mqtt: { port: 0 },
      serviceBus: {},
    });
    this.edge = createEdgeCore(config, this.#tools());
    await this.edge.start(this.#signal);
  }

  /** Applies a file of examples/rules, with other words in its spec where a test needs them. */
  async apply(file: string, spec: object = {}, name?: string): Promise<void> {
    const object = parse(readFileSync(resolve(examples, `${file}.yaml`), "utf8"));
    object.spec = { ...object.spec, ...spec };
    if (name !== undefined) object.metadata.name = name;
    const { status, body } = await this.kube.post(rulesPath(object.kind), object);
    if (status !== 201) throw new Error(`${file}: ${status} ${JSON.stringify(body)}`);
  }

  /** Its status as Kubernetes shows it, once it fits. */
  ruleWith(name: string, fits: (status: RuleStatusSeen) => boolean): Promise<RuleStatusSeen> {
    return eventually(`the status of rule ${name}`, async () => {
      const { body } = await this.kube.get(`${rulesPath("Rule")}/${name}`);
      if (!fits(body.status ?? {})) throw new Error(JSON.stringify(body));
      return body.status;
    });
  }

  /** What curl prints. */
  curl(path: string, ...flags: string[]): Promise<Buffer> {
    const url = `http://127.0.0.1:${this.cloud.routerPort}${path}`;
    return run("curl", ["-s", "--path-as-is", ...flags, url]);
  }

  /** An HTTP server for one end of a rule; gives its port and what it hears. */
  async serve(
    answer: (heard: Heard, response: ServerResponse) => void = (_, response) => response.end(),
  ): Promise<{ port: number; heard: Heard[] }> {
    const heard: Heard[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = "", url = "", headers } = request;
      heard.push({ method, url, headers, body: Buffer.concat(chunks) });
      answer(heard.at(-1)!, response);
    });
    this.#servers.push(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return { port: (server.address() as AddressInfo).port, heard };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kube[Symbol.dispose]();
    await this.edge?.stop();
    await this.line[Symbol.asyncDispose]();
    for (const part of this.#started.reverse()) await part.stop();
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
    this.folder[Symbol.dispose]();
  }

  #tools() {
    return { clock: new RealClock(), random: createRandom(1), log: this.log };
  }
}

export interface RuleStatusSeen {
  readonly successMessages?: number;
  readonly failMessages?: number;
  readonly errors?: readonly string[];
  readonly conditions?: readonly { type: string; status: string; message: string }[];
}

export function rulesPath(kind: "Rule" | "RuleEndpoint"): string {
  return `/apis/rules.kubeedge.io/v1/namespaces/default/${kind.toLowerCase()}s`;
}

/** Runs a program. @throws Error with what it wrote when it failed */
export function run(program: string, args: readonly string[], input?: Buffer): Promise<Buffer> {
  return new Promise((done, fail) => {
    const options = { encoding: "buffer", maxBuffer: 64 * 1024 * 1024, timeout: 60_000 } as const;
    const child = execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error) fail(new Error(`${program} ${args.join(" ")}: ${error.code} ${stdout}${stderr}`));
      else done(stdout);
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}
