import type { TestContext } from "node:test";
import type { CloudCoreInput } from "../cloud-core-config.ts";
import { createJoinToken } from "../tokens/index.ts";
import {
  certificatePem,
  type Got,
  getFrom,
  type Keys,
  makeKeys,
  nodeSubject,
} from "./scripted-joiner.ts";
import { type MakeKubernetes, TestCloud } from "./test-cloud.ts";

type Tls = NonNullable<NonNullable<CloudCoreInput["hub"]>["tls"]>;

/** A cloudcore with TLS on the API stand-in, and how edges join it. */
export class SecureCloud {
  readonly cloud: TestCloud;
  readonly signal: AbortSignal = new AbortController().signal;

  private constructor(cloud: TestCloud) {
    this.cloud = cloud;
  }

  static async start(
    t: TestContext,
    make: MakeKubernetes,
    certificates: Tls["certificates"] = {},
  ): Promise<SecureCloud> {
    const cloud = await TestCloud.create(t, make);
    await cloud.startKube();
    const tls = { advertise: ["localhost"], certificates: { port: 0, ...certificates } };
    await cloud.startCore({ hub: { port: 0, tls } });
    return new SecureCloud(cloud);
  }

  get port(): number {
    return this.cloud.core.certificatePort;
  }

  async token(node: string, ttlMs = 60_000): Promise<string> {
    const { token } = await createJoinToken(this.cloud, { node, ttlMs }, this.signal);
    return token;
  }

  /** As an edge asks with a token. */
  askWithToken(token: string, keys: Keys, node: string): Promise<Got> {
    const bearer = token.split(".").slice(1).join(".");
    return getFrom(this.port, "/edge.crt", {
      headers: { authorization: `Bearer ${bearer}`, NodeName: node },
      body: keys.csrDer,
    });
  }

  /** Joins a node: what it then dials with. */
  async join(node: string): Promise<{ key: string; cert: string; ca: string }> {
    const keys = makeKeys(nodeSubject(node));
    const { status, body } = await this.askWithToken(await this.token(node), keys, node);
    if (status !== 200) throw new Error(`join of ${node}: ${status} ${body}`);
    const ca = certificatePem((await getFrom(this.port, "/ca.crt")).body);
    return { key: keys.keyPem, cert: certificatePem(body), ca };
  }
}
