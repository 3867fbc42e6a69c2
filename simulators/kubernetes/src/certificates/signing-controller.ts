import type { Log } from "@mapperkit/runtime";
import { encoder, type KubeObject, type World } from "../objects/index.ts";
import { type Change, parseStored, type StoredObject } from "../store/index.ts";
import { readCertificateRequest } from "./certificate-request.ts";
import { type Authority, signRequest } from "./sign-request.ts";

export const REQUESTS = "certificatesigningrequests.certificates.k8s.io";
const YEAR_S = 365 * 24 * 3600;
/** Those of Kubernetes whose certificates this server itself trusts. */
const SIGNERS: ReadonlySet<string> = new Set([
  "kubernetes.io/kube-apiserver-client",
  "kubernetes.io/kube-apiserver-client-kubelet",
  "kubernetes.io/kubelet-serving",
]);

interface SigningRequest extends KubeObject {
  spec: {
    signerName: string;
    request: string;
    usages?: string[];
    expirationSeconds?: number;
  };
  status?: {
    certificate?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

/** Signs what was approved. */
export class SigningController {
  readonly #world: World;
  readonly #authority: Authority;
  readonly #log: Log;

  constructor(world: World, authority: Authority, log: Log) {
    this.#world = world;
    this.#authority = authority;
    this.#log = log;
  }

  /** Takes up what was approved before, and follows the store. */
  start(): () => void {
    for (const stored of this.#world.store.list(REQUESTS)) this.#look(stored);
    return this.#world.store.subscribe(({ type, object }: Change) => {
      if (object.resource !== REQUESTS || type === "DELETED") return;
      // After the write that told us has been told to all.
      queueMicrotask(() => this.#look(object));
    });
  }

  #look({ name }: StoredObject): void {
    const stored = this.#world.store.get(REQUESTS, "", name);
    if (stored === undefined) return;
    const object = parseStored(stored) as SigningRequest;
    const { conditions = [], certificate } = object.status ?? {};
    const has = (type: string) => conditions.some((each) => each.type === type);
    if (!has("Approved") || has("Denied") || has("Failed") || certificate !== undefined) return;
    if (!SIGNERS.has(object.spec.signerName)) return;
    object.status = { ...object.status, ...this.#sign(object) };
    const write = { resource: REQUESTS, namespace: "", name, uid: stored.uid };
    this.#world.store.put({ ...write, encode: encoder(object) });
  }

  #sign({ spec, status, metadata }: SigningRequest): NonNullable<SigningRequest["status"]> {
    const { usages = [], expirationSeconds: seconds = YEAR_S } = spec;
    const nowMs = this.#world.clock.now();
    try {
      const request = readCertificateRequest(Buffer.from(spec.request, "base64").toString("utf8"));
      const pem = signRequest(this.#authority, request, { usages, nowMs, seconds });
      return { certificate: Buffer.from(pem).toString("base64") };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#log.warn("certificate not signed", { request: metadata.name, error: message });
      const failed = { type: "Failed", status: "True", reason: "SignerValidationFailure", message };
      return { conditions: [...(status?.conditions ?? []), failed] };
    }
  }
}
