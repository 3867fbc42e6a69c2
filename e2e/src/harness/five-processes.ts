import { resolve } from "node:path";
import { freePorts } from "./free-ports.ts";
import { KubeHttp } from "./kube-http.ts";
import { MapperkitProcess } from "./mapperkit-process.ts";
import { ScratchFolder } from "./scratch-folder.ts";

const counterMapper = resolve(import.meta.dirname, "../../../mappers/counter/src/main.ts");

export type PartName = "kube" | "cloudcore" | "edgecore" | "mapper" | "counter";
export const PARTS: readonly PartName[] = ["kube", "cloudcore", "edgecore", "counter", "mapper"];

/** The same system as `mapperkit up`, each part a process of its own. */
export class FiveProcesses implements AsyncDisposable {
  readonly folder = new ScratchFolder();
  readonly counterPort: number;
  readonly mqttPort: number;
  readonly #commands: Readonly<Record<PartName, readonly string[]>>;
  readonly #running = new Map<PartName, MapperkitProcess>();
  #kube: KubeHttp | undefined;

  private constructor([kube, hub, webhook, mqtt, counter]: number[]) {
    const kubeconfig = this.folder.join("kubeconfig");
    const data = ["--data", this.folder.path];
    this.counterPort = counter!;
    this.mqttPort = mqtt!;
    this.#commands = {
      kube: ["kube", ...data, "--port", `${kube}`],
      cloudcore: [
        ...["cloudcore", "--kubeconfig", kubeconfig],
        ...["--hub-port", `${hub}`, "--webhook-port", `${webhook}`],
      ],
      edgecore: [
        ...["edgecore", ...data, "--mqtt-port", `${mqtt}`, "--monitoring-port", "0"],
        ...["--cloud", `ws://127.0.0.1:${hub}`],
      ],
      counter: ["sim", "counter", "--port", `${counter}`],
      mapper: [
        ...["mapper", "run", counterMapper, "--link", `mqtt://127.0.0.1:${mqtt}`],
        ...["--set", `port=${counter}`],
      ],
    };
  }

  static async start(): Promise<FiveProcesses> {
    const system = new FiveProcesses(await freePorts(5));
    try {
      for (const part of PARTS) await system.startPart(part);
    } catch (error) {
      await system[Symbol.asyncDispose]();
      throw error;
    }
    return system;
  }

  get kube(): KubeHttp {
    this.#kube ??= new KubeHttp(this.folder.join("kubeconfig"));
    return this.#kube;
  }

  async startPart(part: PartName): Promise<void> {
    const ready = new RegExp(`^${part === "kube" ? "kubernetes" : part}.*: `, "m");
    this.#running.set(part, await MapperkitProcess.start(this.#commands[part], ready));
  }

  /** For a test that stops a part without ending it. */
  pidOf(part: PartName): number {
    return this.#running.get(part)?.pid ?? 0;
  }

  /** What a part logged, for the message of a test that failed. */
  logOf(part: PartName): string {
    return this.#running.get(part)?.errors ?? "";
  }

  async kill(part: PartName): Promise<void> {
    await this.#running.get(part)?.end("SIGKILL");
    this.#running.delete(part);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kube?.[Symbol.dispose]();
    await Promise.all([...this.#running.values()].map((part) => part[Symbol.asyncDispose]()));
    this.folder[Symbol.dispose]();
  }
}
