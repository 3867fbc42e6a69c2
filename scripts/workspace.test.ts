import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "..");

/** Who may depend on whom. A layer may use only the layers listed beside it. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "sdk/api": [],
  "sdk/runtime": ["sdk/api"],
  "sdk/mapper": ["sdk/api", "sdk/runtime"],
  "sdk/testing": ["sdk/api", "sdk/runtime", "sdk/mapper", "simulators"],
  "sdk/create-mapperkit": [],
  simulators: ["sdk/api", "sdk/runtime", "simulators"],
  mappers: ["sdk/api", "sdk/runtime", "sdk/mapper"], // mapper-virtual also simulators
  cloudcore: ["sdk/api", "sdk/runtime"],
  edgecore: ["sdk/api", "sdk/runtime"],
};

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const packages = globSync("{cloudcore,edgecore,sdk/*,mappers/*,simulators/*}/package.json", {
  cwd: root,
}).map((file) => {
  const folder = dirname(file);
  const manifest = JSON.parse(readFileSync(resolve(root, file), "utf8")) as Manifest;
  const layer = folder.startsWith("sdk/") ? folder : (folder.split("/")[0] ?? folder);
  return { folder, layer, manifest };
});
const byName = new Map(packages.map((pkg) => [pkg.manifest.name, pkg]));

for (const { folder, layer, manifest } of packages) {
  const internal = (names: object = {}) =>
    Object.keys(names).flatMap((name) => byName.get(name) ?? []);

  test(`${folder} depends only on layers it may use`, () => {
    const layers = internal(manifest.dependencies).map((pkg) => pkg.layer);
    assert.deepEqual(
      layers.filter((used) => !ALLOWED[layer]?.includes(used)),
      [],
    );
  });

  test(`${folder} tsconfig references match its package.json`, () => {
    const { references } = JSON.parse(
      readFileSync(resolve(root, folder, "tsconfig.json"), "utf8"),
    ) as {
      references: { path: string }[];
    };
    const referenced = references
      .map(({ path }) => relative(root, resolve(root, folder, path)))
      .sort();
    const depended = [...internal(manifest.dependencies), ...internal(manifest.devDependencies)]
      .map((pkg) => pkg.folder)
      .sort();
    assert.deepEqual(referenced, depended);
  });
}
