import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { DEFINITIONS, TestServer } from "../testing/test-server.ts";

const DOCUMENTS = parseAllDocuments(
  readFileSync(resolve(import.meta.dirname, "fixtures/strangers.yaml"), "utf8"),
).map((document) => document.toJS() as { metadata: { name: string } });
const CERTIFICATES = "/apis/cert-manager.io/v1/namespaces/default/certificates";
const PROMETHEUSES = "/apis/monitoring.coreos.com/v1/namespaces/default/prometheuses";
const WORKFLOWS = "/apis/argoproj.io/v1alpha1/namespaces/default/workflows";

async function start(): Promise<TestServer> {
  const server = await TestServer.start();
  for (const definition of DOCUMENTS) {
    const { status, text } = await server.post(DEFINITIONS, definition);
    assert.equal(status, 201, text);
  }
  return server;
}

const certificate = (spec: object) => ({
  apiVersion: "cert-manager.io/v1",
  kind: "Certificate",
  metadata: { name: "site" },
  spec: { secretName: "tls", issuerRef: { name: "ca" }, ...spec },
});

test("cert-manager's style: rules across fields, their messages, reasons and paths", async () => {
  await using server = await start();
  const refusals: [spec: object, causes: object[]][] = [
    [
      {},
      [
        {
          reason: "FieldValueInvalid",
          field: "spec",
          message: 'Invalid value: "object": at least one of commonName and dnsNames must be set',
        },
      ],
    ],
    [
      { commonName: "a", duration: "1h", renewBefore: "2h" },
      [
        {
          reason: "FieldValueForbidden",
          field: "spec.renewBefore",
          message: "Forbidden: renewBefore 2h must be shorter than 1h",
        },
      ],
    ],
    [
      { dnsNames: ["ok.example.com", "*.example.com", "NOT_ONE"] },
      [
        {
          reason: "FieldValueInvalid",
          field: "spec.dnsNames[2]",
          message: 'Invalid value: "string": must be a DNS name',
        },
      ],
    ],
    [
      { commonName: "a", ipAddresses: ["10.0.0.1", "10.0.0.256"] },
      [
        {
          reason: "FieldValueInvalid",
          field: "spec.ipAddresses[1]",
          message: 'Invalid value: "string": must be an IP',
        },
      ],
    ],
  ];
  for (const [spec, causes] of refusals) {
    const { status, body } = await server.post(CERTIFICATES, certificate(spec));
    assert.equal(status, 422);
    assert.deepEqual(body.details.causes, causes);
  }
  const made = await server.post(CERTIFICATES, certificate({ commonName: "a" }));
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.spec.issuerRef.kind, "Issuer");
  const moved = await server.merge(`${CERTIFICATES}/site`, { spec: { secretName: "other" } });
  assert.match(moved.body.message, /secretName is immutable$/);
  const conditions = [{ type: "Ready", status: "True" }];
  await server.merge(`${CERTIFICATES}/site/status`, { status: { conditions } });
  const table = await server.get(`${CERTIFICATES}?fieldSelector=spec.issuerRef.name%3Dca`, {
    headers: { Accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
  });
  assert.deepEqual(table.body.rows[0].cells.slice(0, 4), ["site", "True", "tls", "ca"]);
});

test("the Prometheus operator's style: int-or-string, patterns, list keys with defaults, scale", async () => {
  await using server = await start();
  const prometheus = (spec: object) => ({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "Prometheus",
    metadata: { name: "p" },
    spec,
  });
  const wrong = await server.post(
    PROMETHEUSES,
    prometheus({ retention: "1 day", resources: { limits: { cpu: "much" } }, listen: true }),
  );
  assert.deepEqual(wrong.body.details.causes.map(({ field }: { field: string }) => field).sort(), [
    "<nil>",
    "spec.listen",
    "spec.listen",
    "spec.resources.limits.cpu",
    "spec.retention",
  ]);
  const ports = [{ containerPort: 53 }, { containerPort: 53, protocol: "UDP" }];
  const containers = [{ name: "c", ports }];
  const limits = { cpu: 2, memory: "1Gi" };
  const podMetadata = { labels: { any: "thing" } };
  const good = { containers, resources: { limits }, podMetadata, selector: null, listen: "web" };
  const made = await server.post(PROMETHEUSES, prometheus(good));
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.spec.retention, "24h");
  assert.equal(made.body.spec.containers[0].ports[0].protocol, "TCP");
  assert.deepEqual(made.body.spec.podMetadata, podMetadata);
  const twice = [{ name: "c", ports: [{ containerPort: 53 }, ports[0]] }];
  const refused = await server.merge(`${PROMETHEUSES}/p`, { spec: { containers: twice } });
  assert.match(
    refused.body.message,
    /spec\.containers\[0\]\.ports\[1\]: Duplicate value: \{"containerPort":53,"protocol":"TCP"\}$/,
  );
  const scaled = await server.merge(`${PROMETHEUSES}/p/scale`, { spec: { replicas: 2 } });
  assert.equal(scaled.body.spec.replicas, 2);
});

test("Argo's style: what is inside is nobody's business but Argo's", async () => {
  await using server = await start();
  const spec = { entrypoint: "main", templates: [{ name: "main", steps: [[{ name: "a" }]] }] };
  const workflow = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow", spec };
  const made = await server.post(WORKFLOWS, { ...workflow, metadata: { generateName: "wf-" } });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(made.body.spec, spec);
  assert.match(made.body.metadata.name, /^wf-[a-z0-9]{5}$/);
  assert.equal(
    (await server.post(WORKFLOWS, { ...workflow, spec: undefined, metadata: { name: "x" } }))
      .status,
    422,
  );
});
