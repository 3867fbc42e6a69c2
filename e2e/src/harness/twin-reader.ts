import { eventually } from "./eventually.ts";
import type { KubeHttp } from "./kube-http.ts";

interface Twin {
  readonly propertyName: string;
  readonly reported?: { value: string; metadata?: Record<string, string> };
  readonly observedDesired?: { value: string };
  readonly phase?: { name: string; reason?: string; message?: string };
}

/** What Kubernetes says of one device in the namespace default. */
export class TwinReader {
  readonly #kube: KubeHttp;
  readonly #path: string;

  constructor(kube: KubeHttp, device: string) {
    this.#kube = kube;
    this.#path = `/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices/${device}`;
  }

  async twin(property: string): Promise<Twin | undefined> {
    const { body } = await this.#kube.get(this.#path);
    return body?.status?.twins?.find(({ propertyName }: Twin) => propertyName === property);
  }

  /** Resolves with the phase when the desired value is applied and the same one reported. */
  async isApplied(property: string, value: string, withinMs?: number) {
    return await eventually(
      `${property} ${value} is Applied and read back`,
      async () => {
        const twin = await this.twin(property);
        const isDone = twin?.phase?.name === "Applied" && twin.observedDesired?.value === value;
        if (!isDone || twin?.reported?.value !== value) throw new Error(JSON.stringify(twin));
        return twin.phase;
      },
      withinMs,
    );
  }

  async isInState(state: string, withinMs = 30_000): Promise<void> {
    await eventually(
      `the device is ${state}`,
      async () => {
        const { body } = await this.#kube.get(this.#path);
        if (body?.status?.state !== state) throw new Error(JSON.stringify(body?.status));
        return true;
      },
      withinMs,
    );
  }
}
