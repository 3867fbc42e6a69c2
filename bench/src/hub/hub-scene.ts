import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CertifiedKey,
  createAuthority,
  issueCertificate,
} from "@mapperkit/runtime/certificates";
import { HubProcess } from "./hub-process.ts";
import { MiniKube } from "./mini-kube.ts";
import type { Credentials } from "./swarm.ts";

const DEVICES = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devices";
const MODELS = "/apis/devices.kubeedge.io/v1beta1/namespaces/default/devicemodels";
const GROUP = "devices.kubeedge.io/v1beta1";
const SECRETS = "/api/v1/namespaces/kubeedge/secrets";

/** A small API server with an authority, and hubs that work with it. */
export class HubScene implements AsyncDisposable {
  readonly kube = new MiniKube();
  readonly folder = mkdtempSync(join(tmpdir(), "mapperkit-bench-hub-"));
  #authority: CertifiedKey | undefined;
  #server: CertifiedKey | undefined;

  static async start(): Promise<HubScene> {
    const scene = new HubScene();
    const port = await scene.kube.listen();
    const cluster = { name: "c", cluster: { server: `http://127.0.0.1:${port}` } };
    const context = { name: "x", context: { cluster: "c", user: "u" } };
    const users = [{ name: "u", user: { token: "t" } }];
    const config = { "current-context": "x", contexts: [context], clusters: [cluster], users };
    writeFileSync(scene.kubeconfig, JSON.stringify(config));
    const now = Date.now() - 86_400_000;
    scene.#authority = await createAuthority({ commonName: "KubeEdge", days: 100, now });
    scene.#server = await issueCertificate(scene.#authority, {
      ...{ commonName: "KubeEdge", usage: "server", days: 100, now },
      ...{ dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] },
    });
    const data = {
      cadata: der(scene.#authority.certificatePem),
      cakeydata: der(scene.#authority.privateKeyPem),
    };
    scene.kube.put(`${SECRETS}/casecret`, {
      ...{ apiVersion: "v1", kind: "Secret", data },
      metadata: { name: "casecret" },
    });
    scene.kube.put(`${MODELS}/lamp`, {
      ...{ apiVersion: GROUP, kind: "DeviceModel" },
      metadata: { name: "lamp", ...{ namespace: "default" } },
      spec: { properties: [{ name: "power", type: "STRING", accessMode: "ReadWrite" }] },
    });
    return scene;
  }

  get kubeconfig(): string {
    return join(this.folder, "kubeconfig");
  }

  hub(isTls: boolean): Promise<HubProcess> {
    const tls = { advertise: ["localhost"], certificates: { port: 0 } };
    const settings = {
      kubeconfig: this.kubeconfig,
      hub: {
        ...{ host: "127.0.0.1", port: 0, nodeLimit: 20_000, messagesPerSecond: 10_000_000 },
        ...(isTls && { tls }),
      },
      webhook: { enabled: false },
      crds: "keep",
    };
    return HubProcess.start("hub", settings, this.folder);
  }

  bare(isTls: boolean): Promise<HubProcess> {
    const tls = {
      ...{ cert: this.#server?.certificatePem, key: this.#server?.privateKeyPem },
      ...{ ca: this.#authority?.certificatePem, requestCert: true, minVersion: "TLSv1.2" },
    };
    return HubProcess.start("bare", isTls ? { tls } : {}, this.folder);
  }

  async credentials(nodes: readonly string[]): Promise<Map<string, Credentials>> {
    const authority = this.#authority as CertifiedKey;
    const all = new Map<string, Credentials>();
    for (const node of nodes) {
      const { certificatePem, privateKeyPem } = await issueCertificate(authority, {
        ...{ commonName: `system:node:${node}`, organizations: ["system:nodes"] },
        ...{ usage: "client", days: 10, now: Date.now() },
      });
      all.set(node, { key: privateKeyPem, cert: certificatePem, ca: authority.certificatePem });
    }
    return all;
  }

  createDevice(name: string, node: string): void {
    this.kube.put(`${DEVICES}/${name}`, {
      ...{ apiVersion: GROUP, kind: "Device" },
      metadata: { name, ...{ namespace: "default", generation: 1 } },
      spec: {
        ...{ nodeName: node, deviceModelRef: { name: "lamp" } },
        properties: [{ name: "power", desired: { value: "ON" } }],
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kube[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true });
  }
}

function der(pem: string): string {
  return pem.replace(/-----[^-]+-----|\s/g, "");
}
