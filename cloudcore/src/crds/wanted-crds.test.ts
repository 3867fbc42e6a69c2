import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../kube/index.ts";
import { holdsAll, wantedCrds } from "./wanted-crds.ts";

const webhook = {
  url: "https://127.0.0.1:10005/convert",
  service: null,
  caBundle: "Q0E=",
};

/** As an API server would give it back: with members of its own. */
function served(wanted: KubeObject): KubeObject {
  const copy = JSON.parse(JSON.stringify(wanted));
  copy.spec.names.listKind ??= "List";
  copy.spec.preserveUnknownFields = false;
  copy.metadata.uid = "u";
  if (copy.spec.conversion.webhook === null) delete copy.spec.conversion.webhook;
  return copy;
}

test("what the API server adds by itself is no difference", () => {
  for (const crd of [...wantedCrds(webhook), ...wantedCrds(undefined)]) {
    assert.equal(holdsAll(served(crd), crd), true);
  }
});

test("another address, a missing version and a field too many are differences", () => {
  const [crd] = wantedCrds(webhook);
  assert.ok(crd);
  const [moved] = wantedCrds({ ...webhook, url: "https://127.0.0.1:10006/convert" });
  assert.equal(holdsAll(served(moved as KubeObject), crd), false);
  const fewer = served(crd) as { spec: { versions: unknown[] } } & KubeObject;
  fewer.spec.versions.pop();
  assert.equal(holdsAll(fewer, crd), false);
  const more = served(crd) as never as {
    spec: { versions: { schema: { openAPIV3Schema: { properties: object } } }[] };
  };
  Object.assign(more.spec.versions[0]?.schema.openAPIV3Schema.properties ?? {}, { old: {} });
  assert.equal(holdsAll(more as never, crd), false);
});

test("v1alpha2 is never served without conversion, and v1beta1 is what is stored", () => {
  for (const { spec } of wantedCrds(undefined)) {
    assert.deepEqual(
      spec.versions.map(({ name, served, storage }) => [name, served, storage]).sort(),
      [
        ["v1alpha2", false, false],
        ["v1beta1", true, true],
      ],
    );
  }
  for (const { spec } of wantedCrds(webhook)) {
    assert.ok(spec.versions.every((version) => version.served));
    assert.equal((spec.conversion as { strategy: string }).strategy, "Webhook");
  }
});
