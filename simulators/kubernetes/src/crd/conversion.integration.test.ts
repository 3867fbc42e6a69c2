import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createAuthority, issueCertificate } from "@mapperkit/runtime/certificates";
import {
  DEFINITIONS,
  TestServer,
  WIDGETS,
  widget,
  widgetDefinition,
  widgetVersion,
} from "../testing/test-server.ts";

const OLD_WIDGETS = "/apis/demo.example.com/v1alpha1/namespaces/default/widgets";

interface Review {
  request: {
    uid: string;
    desiredAPIVersion: string;
    objects: { apiVersion: string; spec?: Record<string, unknown>; metadata: object }[];
  };
}

/** A webhook that calls `spec.colour` of v1alpha1 `spec.color` in v1. */
class ColourWebhook implements AsyncDisposable {
  readonly reviews: Review[] = [];
  url = "";
  caBundle = "";
  /** The answer to give instead of a conversion. */
  refusal: string | undefined;
  #server: ReturnType<typeof createServer> | undefined;

  static async start(): Promise<ColourWebhook> {
    const webhook = new ColourWebhook();
    const now = Date.now();
    const authority = await createAuthority({ commonName: "webhook-ca", days: 1, now });
    const issued = await issueCertificate(authority, {
      commonName: "webhook",
      ipAddresses: ["127.0.0.1"],
      usage: "server",
      days: 1,
      now,
    });
    webhook.caBundle = Buffer.from(authority.certificatePem).toString("base64");
    const server = createServer(
      { cert: issued.certificatePem, key: issued.privateKeyPem },
      async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        const review = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Review;
        response.end(JSON.stringify(webhook.#answer(review)));
      },
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    webhook.#server = server;
    webhook.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/convert`;
    return webhook;
  }

  conversion(): object {
    const clientConfig = { url: this.url, caBundle: this.caBundle };
    return { strategy: "Webhook", webhook: { clientConfig, conversionReviewVersions: ["v1"] } };
  }

  #answer(review: Review): object {
    this.reviews.push(review);
    const { uid, desiredAPIVersion, objects } = review.request;
    const result =
      this.refusal === undefined
        ? { status: "Success" }
        : { status: "Failed", message: this.refusal };
    const convertedObjects = objects.map((object) => {
      const { color, colour, ...spec } = object.spec ?? {};
      const name = desiredAPIVersion.endsWith("v1") ? "color" : "colour";
      return {
        ...object,
        apiVersion: desiredAPIVersion,
        spec: { ...spec, [name]: color ?? colour },
      };
    });
    return {
      kind: "ConversionReview",
      apiVersion: "apiextensions.k8s.io/v1",
      response: { uid, result, convertedObjects },
    };
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function withTwoVersions(webhook: ColourWebhook): Promise<TestServer> {
  const server = await TestServer.start();
  const versions = [
    widgetVersion("v1", { storage: true }),
    widgetVersion("v1alpha1", { subresources: undefined }),
  ];
  const conversion = webhook.conversion();
  const made = await server.post(DEFINITIONS, widgetDefinition({ versions, conversion }));
  assert.equal(made.status, 201, made.text);
  return server;
}

test("each version is read, written and watched in its own shape", async () => {
  await using webhook = await ColourWebhook.start();
  await using server = await withTwoVersions(webhook);
  await using watch = await server.watch(`${OLD_WIDGETS}?watch=1`);
  const apiVersion = "demo.example.com/v1alpha1";
  const made = await server.post(OLD_WIDGETS, {
    ...widget("a", { spec: { colour: "red" } }),
    apiVersion,
  });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(made.body.spec, { colour: "red" });
  assert.deepEqual((await server.get(`${WIDGETS}/a`)).body.spec, { color: "red" });
  await server.merge(`${OLD_WIDGETS}/a`, { spec: { colour: "blue" } });
  assert.deepEqual((await server.get(`${WIDGETS}/a`)).body.spec, { color: "blue" });
  const first = await watch.next();
  const second = await watch.next();
  assert.deepEqual([first?.type, first?.object.spec.colour], ["ADDED", "red"]);
  assert.deepEqual([second?.type, second?.object.spec.colour], ["MODIFIED", "blue"]);
});

test("the stored version is served without a call, a list with one call for all", async () => {
  await using webhook = await ColourWebhook.start();
  await using server = await withTwoVersions(webhook);
  for (const name of ["a", "b", "c"]) {
    await server.post(WIDGETS, widget(name, { spec: { color: name } }));
  }
  await server.merge(`${WIDGETS}/a/status`, { status: { ok: true } });
  await server.get(WIDGETS);
  assert.equal(webhook.reviews.length, 0);
  const list = await server.get(OLD_WIDGETS);
  assert.equal(list.body.items[2].spec.colour, "c");
  assert.equal(webhook.reviews.length, 1);
  assert.equal(webhook.reviews[0]?.request.objects.length, 3);
});

test("a webhook that is down or refuses is named in a Status, and the stored version goes on", async () => {
  await using webhook = await ColourWebhook.start();
  await using server = await withTwoVersions(webhook);
  await server.post(WIDGETS, widget("a", { spec: { color: "red" } }));
  webhook.refusal = "no such colour";
  const refused = await server.get(`${OLD_WIDGETS}/a`);
  assert.equal(
    refused.body.message,
    "conversion webhook for demo.example.com/v1, Kind=Widget failed: no such colour",
  );
  await webhook.stop();
  const down = await server.get(`${OLD_WIDGETS}/a`);
  assert.equal(down.status, 500);
  assert.match(
    down.body.message,
    /^conversion webhook for demo\.example\.com\/v1, Kind=Widget failed: Post "https:\/\/127\.0\.0\.1:\d+\/convert": /,
  );
  assert.equal((await server.merge(`${WIDGETS}/a`, { spec: { color: "blue" } })).status, 200);
  assert.equal((await server.delete(`${WIDGETS}/a`)).status, 200);
});

test("a webhook with a certificate of another authority is not trusted", async () => {
  await using webhook = await ColourWebhook.start();
  const stranger = await createAuthority({ commonName: "stranger", days: 1, now: Date.now() });
  webhook.caBundle = Buffer.from(stranger.certificatePem).toString("base64");
  await using server = await withTwoVersions(webhook);
  await server.post(WIDGETS, widget("a"));
  const { status } = await server.get(`${OLD_WIDGETS}/a`);
  assert.equal(status, 500);
  assert.equal(webhook.reviews.length, 0);
});

test("a write of equal content brings an object to the new storage version", async () => {
  await using webhook = await ColourWebhook.start();
  await using server = await TestServer.start();
  const conversion = webhook.conversion();
  const old = [widgetVersion("v1"), widgetVersion("v1alpha1", { storage: true })];
  await server.post(DEFINITIONS, widgetDefinition({ versions: old, conversion }));
  const made = await server.post(WIDGETS, widget("a", { spec: { color: "red" } }));
  const now = [widgetVersion("v1", { storage: true }), widgetVersion("v1alpha1")];
  const definition = `${DEFINITIONS}/widgets.demo.example.com`;
  const changed = await server.merge(definition, { spec: { versions: now } });
  assert.deepEqual(changed.body.status.storedVersions, ["v1alpha1", "v1"]);
  const migrated = await server.put(`${WIDGETS}/a`, made.body);
  assert.notEqual(migrated.body.metadata.resourceVersion, made.body.metadata.resourceVersion);
  assert.equal(migrated.body.metadata.generation, 1);
  await server.merge(`${definition}/status`, { status: { storedVersions: ["v1"] } });
  await webhook.stop();
  assert.deepEqual((await server.get(`${WIDGETS}/a`)).body.spec, { color: "red" });
  const again = await server.put(`${WIDGETS}/a`, migrated.body);
  assert.equal(again.body.metadata.resourceVersion, migrated.body.metadata.resourceVersion);
  const stored = await server.get(definition);
  assert.deepEqual(stored.body.status.storedVersions, ["v1"]);
});
