import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Device, MapperkitError } from "@mapperkit/api";
import { DEVICES, KubeClient, loadKubeconfig } from "@mapperkit/cloudcore/kube";
import { RealClock } from "@mapperkit/runtime";
import { dataFolder } from "../program/data-folder.ts";

/** The devices of one Kubernetes namespace, for the `mapperkit device` commands. */
export class DeviceClient implements Disposable {
  readonly #client: KubeClient;
  readonly #namespace: string | undefined;
  readonly signal: AbortSignal;

  constructor(
    options: { kubeconfig: string; namespace?: string | undefined },
    signal: AbortSignal,
  ) {
    this.#namespace = options.namespace;
    this.signal = signal;
    this.#client = new KubeClient({
      loadAccess: () => loadKubeconfig(options.kubeconfig),
      clock: new RealClock(),
    });
  }

  async list(): Promise<Device[]> {
    const namespace = await this.namespace();
    const devices: Device[] = [];
    let token: string | undefined;
    do {
      const query = { limit: 500, ...(token && { continue: token }) };
      const page = await this.#client.listPage(DEVICES, query, this.signal);
      devices.push(...(page.items as unknown as Device[]));
      token = page.continueToken;
    } while (token);
    return devices.filter((device) => device.metadata.namespace === namespace);
  }

  async get(name: string): Promise<Device> {
    const ref = { namespace: await this.namespace(), name };
    return (await this.#client.get(DEVICES, ref, this.signal)) as unknown as Device;
  }

  async patch(name: string, patch: object): Promise<Device> {
    const ref = { namespace: await this.namespace(), name };
    const options = { patch, signal: this.signal };
    return (await this.#client.mergePatch(DEVICES, ref, options)) as unknown as Device;
  }

  async create(device: Device): Promise<void> {
    await this.#client.create(DEVICES, device as never, { signal: this.signal });
  }

  /** Every later state of one device; ends when the device is deleted. */
  async *follow(name: string, since: Device): AsyncGenerator<Device> {
    const namespace = await this.namespace();
    let resourceVersion = since.metadata.resourceVersion ?? "0";
    for (;;) {
      const watch = { resourceVersion, timeoutSeconds: 300 };
      const events = await this.#client.watch(DEVICES, watch, this.signal);
      for await (const { type, object } of events) {
        resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
        if (type === "BOOKMARK" || object.metadata.name !== name) continue;
        if (object.metadata.namespace !== namespace) continue;
        if (type === "DELETED") return;
        yield object as unknown as Device;
      }
    }
  }

  async namespace(): Promise<string> {
    return this.#namespace ?? (await this.#client.namespace());
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** `--kubeconfig`, else KUBECONFIG, else the one that `mapperkit up` wrote, else kubectl's own. */
export function findKubeconfig(flag: string | undefined): string {
  const candidates = [
    flag,
    process.env.KUBECONFIG,
    join(dataFolder(undefined), "kubeconfig"),
    join(homedir(), ".kube", "config"),
  ].filter((path): path is string => Boolean(path));
  const [first] = candidates;
  const found = flag ?? process.env.KUBECONFIG ?? candidates.find((path) => existsSync(path));
  if (found && existsSync(found)) return found;
  throw new MapperkitError(
    "invalid_input",
    `no kubeconfig at ${found ?? first}: start \`mapperkit up\` in this folder, or name one with --kubeconfig`,
  );
}
