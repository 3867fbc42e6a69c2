import assert from "node:assert/strict";
import { request } from "node:https";
import { type TestContext, test } from "node:test";
import { createRandom, RealClock, silentLog } from "@mapperkit/runtime";
import { KubeClient } from "../kube/index.ts";
import { FakeKubernetes } from "../testing/fake-kubernetes.ts";
import { ConversionWebhook } from "./conversion-webhook.ts";
import { webhookConfig } from "./webhook-config.ts";

const SECRET = "/api/v1/namespaces/kubeedge/secrets/mapperkit-conversion-ca";

async function scene(t: TestContext) {
  const kube = new FakeKubernetes();
  await kube.start();
  t.after(() => kube.kill());
  const clock = new RealClock();
  const loadAccess = async () => ({
    server: kube.url,
    namespace: "default",
    insecureSkipTlsVerify: false,
  });
  const start = async (config: object = {}) => {
    const client = new KubeClient({ loadAccess, clock });
    const webhook = new ConversionWebhook({
      config: webhookConfig.parse({ port: 0, ...config }),
      client,
      clock,
      random: createRandom(1),
      log: silentLog,
    });
    t.after(async () => {
      await webhook.stop();
      client.close();
    });
    await webhook.start(new AbortController().signal);
    return webhook;
  };
  return { kube, start };
}

function post(
  webhook: ConversionWebhook,
  body: string,
): Promise<{ status: number | undefined; text: string }> {
  const { url, caBundle } = webhook.clientConfig ?? { url: "", caBundle: "" };
  const ca = Buffer.from(caBundle, "base64").toString();
  return new Promise((resolve, reject) => {
    const outgoing = request(url ?? "", { method: "POST", ca }, async (response) => {
      let text = "";
      for await (const chunk of response) text += String(chunk);
      resolve({ status: response.statusCode, text });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

test("its authority is kept in a Secret, so that two of it are believed alike", async (t) => {
  const { kube, start } = await scene(t);
  const [first, second] = [await start(), await start()];
  assert.ok(kube.object(SECRET));
  assert.equal(first.clientConfig?.caBundle, second.clientConfig?.caBundle);
  const answer = await post(second, "{}");
  assert.equal(answer.status, 200);
  assert.match(answer.text, /"status":"Failure"/);
});

test("a body that is no JSON is a clear Failure", async (t) => {
  const { start } = await scene(t);
  const answer = await post(await start(), "rubbish");
  assert.equal(answer.status, 400);
  assert.match(answer.text, /the body cannot be read/);
});

test("a broken Secret says what to do", async (t) => {
  const { kube, start } = await scene(t);
  kube.put(SECRET, { data: { "tls.crt": "eA==" } });
  await assert.rejects(start(), {
    code: "invalid_input",
    message: /kubeedge\/mapperkit-conversion-ca: tls.crt is not PEM; delete the Secret/,
  });
});

test("not enabled: another one's address is named with the same authority, or none at all", async (t) => {
  const { start } = await scene(t);
  const elsewhere = await start({ enabled: false, url: "https://webhook.kubeedge.svc/convert" });
  assert.equal(elsewhere.port, 0);
  assert.equal(elsewhere.clientConfig?.url, "https://webhook.kubeedge.svc/convert");
  assert.equal((await start({ enabled: false })).clientConfig, undefined);
});
