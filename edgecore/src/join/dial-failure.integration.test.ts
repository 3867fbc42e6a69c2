import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { createAuthority, issueCertificate } from "@mapperkit/runtime/certificates";
import { WebSocket } from "ws";
import { dialFailureText } from "./dial-failure.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Cloud {
  /** ms that the cloud's clock is ahead of the edge's. */
  readonly aheadMs?: number;
  readonly names?: string[];
  readonly isAnother?: boolean;
}

/** What a dial of a cloud with such a certificate says. */
async function dial(t: TestContext, { aheadMs = 0, names = ["127.0.0.1"], isAnother }: Cloud) {
  const now = Date.now();
  const trusted = await createAuthority({ commonName: "KubeEdge", days: 9, now: now - DAY });
  const signing = isAnother
    ? await createAuthority({ commonName: "KubeEdge", days: 9, now: now - DAY })
    : trusted;
  const { certificatePem: cert, privateKeyPem: key } = await issueCertificate(signing, {
    ...{ commonName: "KubeEdge", usage: "server", days: 1, now: now + aheadMs },
    ...(names[0] === "127.0.0.1" ? { ipAddresses: names } : { dnsNames: names }),
  });
  const server = createTlsServer({ cert, key });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return failureOf(`wss://127.0.0.1:${port}`, trusted.certificatePem);
}

async function failureOf(url: string, ca?: string): Promise<string> {
  const socket = new WebSocket(url, ca === undefined ? {} : { ca });
  const [error] = await once(socket, "error");
  return dialFailureText(error);
}

const cases: { what: string; cloud: Cloud; says: RegExp }[] = [
  {
    what: "an address that the cloud does not advertise",
    cloud: { names: ["cloud.example"] },
    says: /127\.0\.0\.1.*DNS:cloud\.example.*add this one to the cloud's hub\.tls\.advertise/s,
  },
  {
    what: "a cloud whose clock is two hours ahead",
    cloud: { aheadMs: 2 * HOUR },
    says: /compare the clocks of both machines/,
  },
  {
    what: "a cloud whose certificate ended two hours ago",
    cloud: { aheadMs: -DAY - 2 * HOUR },
    says: /compare the clocks of both machines; restart the cloud/,
  },
  {
    what: "another cloud at the same address",
    cloud: { isAnother: true },
    says: /not the cloud that the node joined; join again with a token/,
  },
];
for (const { what, cloud, says } of cases) {
  test(`a dial of ${what} says what to do`, async (t) => {
    assert.match(await dial(t, cloud), says);
  });
}

test("nobody listens there: the address is named", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  assert.match(await failureOf(`ws://127.0.0.1:${port}`), /ECONNREFUSED 127\.0\.0\.1/);
});
