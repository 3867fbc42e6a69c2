import { type CloudCore, cloudCoreConfig, createCloudCore } from "@mapperkit/cloudcore";
import { KubeClient, loadKubeconfig } from "@mapperkit/cloudcore/kube";
import { createJoinToken } from "@mapperkit/cloudcore/tokens";
import { createEdgeCore, type EdgeCore, edgeCoreConfig, joinNode } from "@mapperkit/edgecore";
import { createRandom, MemoryLog, RealClock } from "@mapperkit/runtime";
import { createKubernetes, kubernetesConfig } from "@mapperkit/sim-kubernetes";
import { KubeHttp } from "./kube-http.ts";
import { ScratchFolder } from "./scratch-folder.ts";

/** API server, cloud with TLS and a node that joined it, in this process; certificates live briefly. */
export class JoinedNode implements AsyncDisposable {
  readonly folder = new ScratchFolder();
  readonly log = new MemoryLog();
  readonly clock = new RealClock();
  readonly #signal = new AbortController().signal;
  readonly #started: { stop(): Promise<void> }[] = [];
  #cloud: CloudCore | undefined;
  kube!: KubeHttp;

  static async start(certificateSeconds: number): Promise<JoinedNode> {
    const made = new JoinedNode();
    const dataDir = made.folder.join("kubernetes");
    const kubeconfigFile = made.folder.join("kubeconfig");
    const kube = createKubernetes(
      kubernetesConfig.parse({ dataDir, port: 0, kubeconfigFile }),
      made.#tools(),
    );
    made.#started.push(kube);
    await kube.start(made.#signal);
    made.kube = new KubeHttp(kubeconfigFile);
    const certificates = { port: 0, nodeCertificateDays: certificateSeconds / 86_400 };
    const config = cloudCoreConfig.parse({
      kubeconfig: kubeconfigFile,
      hub: { port: 0, tls: { advertise: ["localhost"], certificates } },
      webhook: { port: 0 },
      statusIntervalMs: 50,
    });
    made.#cloud = createCloudCore(config, made.#tools());
    made.#started.push(made.#cloud);
    await made.#cloud.start(made.#signal);
    return made;
  }

  async join(): Promise<void> {
    const client = new KubeClient({
      loadAccess: () => loadKubeconfig(this.folder.join("kubeconfig")),
      clock: this.clock,
    });
    const wish = { node: "kube-edge-1", ttlMs: 60_000 };
    const { token } = await createJoinToken({ client, clock: this.clock }, wish, this.#signal);
    client.close();
    const { certificateUrl, files } = this;
    await joinNode({ certificateUrl, token, files }, this.#signal);
  }

  async startEdge(): Promise<EdgeCore> {
    const { certificateUrl, files } = this;
    const config = edgeCoreConfig.parse({
      dataDir: this.folder.join("edge"),
      cloud: { url: `wss://localhost:${this.#cloud!.hubPort}`, certificateUrl, ...files },
      mqtt: { port: 0 },
    });
    const edge = createEdgeCore(config, this.#tools());
    this.#started.push(edge);
    await edge.start(this.#signal);
    return edge;
  }

  get certificateUrl(): string {
    return `https://localhost:${this.#cloud!.certificatePort}`;
  }

  get files() {
    const at = (name: string) => this.folder.join("certs", name);
    return { ca: at("rootCA.crt"), certificate: at("server.crt"), key: at("server.key") };
  }

  logged(message: string): readonly unknown[] {
    return this.log.entries.filter((entry) => entry.message === message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kube[Symbol.dispose]();
    for (const part of this.#started.reverse()) await part.stop();
    this.folder[Symbol.dispose]();
  }

  #tools() {
    return { clock: this.clock, random: createRandom(1), log: this.log };
  }
}
