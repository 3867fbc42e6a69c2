import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "..");

const EVERYTHING = [
  ...["sdk/api", "sdk/runtime", "sdk/mapper", "sdk/testing"],
  ...["mappers", "simulators", "cloudcore", "edgecore", "cli"],
];

/** Who may depend on whom. A layer may use only the layers listed beside it. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "sdk/api": [],
  "sdk/runtime": ["sdk/api"],
  "sdk/mapper": ["sdk/api", "sdk/runtime"],
  "sdk/testing": ["sdk/api", "sdk/runtime", "sdk/mapper", "simulators"],
  "sdk/create-mapperkit": [],
  simulators: ["sdk/api", "sdk/runtime", "simulators"],
  mappers: ["sdk/api", "sdk/runtime", "sdk/mapper"],
  // Its devices exist only in it: docs/decisions/0009-virtual-devices-are-plants.md.
  "mappers/virtual": ["sdk/api", "sdk/runtime", "sdk/mapper", "simulators"],
  cloudcore: ["sdk/api", "sdk/runtime"],
  edgecore: ["sdk/api", "sdk/runtime"],
  cli: [...EVERYTHING, "sdk/create-mapperkit"],
  e2e: EVERYTHING,
  bench: EVERYTHING,
};

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const packages = globSync(
  "{cloudcore,edgecore,cli,e2e,bench,sdk/*,mappers/*,simulators/*}/package.json",
  {
    cwd: root,
  },
).map((file) => {
  const folder = dirname(file);
  const manifest = JSON.parse(readFileSync(resolve(root, file), "utf8")) as Manifest;
  const layer = folder.startsWith("sdk/") ? folder : (folder.split("/")[0] ?? folder);
  return { folder, layer, manifest };
});
const byName = new Map(packages.map((pkg) => [pkg.manifest.name, pkg]));

/** The packages of ours that one names, whatever it needs them for. */
function internal(names: object = {}) {
  return Object.keys(names).flatMap((name) => byName.get(name) ?? []);
}
function internalOf(manifest: Manifest) {
  return [...internal(manifest.dependencies), ...internal(manifest.devDependencies)];
}

for (const { folder, layer, manifest } of packages) {
  test(`${folder} depends only on layers it may use`, () => {
    const layers = internal(manifest.dependencies).map((pkg) => pkg.layer);
    assert.deepEqual(
      layers.filter((used) => !(ALLOWED[folder] ?? ALLOWED[layer])?.includes(used)),
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
    const depended = internalOf(manifest)
      .map((pkg) => pkg.folder)
      .sort();
    assert.deepEqual(referenced, depended);
  });
}

test("nothing imports the command, the whole-system tests or the measurements", () => {
  const users = packages.flatMap(({ folder, manifest }) =>
    internalOf(manifest)
      .filter((used) => ["cli", "e2e", "bench"].includes(used.folder))
      .filter(() => folder !== "e2e" && folder !== "bench")
      .map((used) => `${folder} uses ${used.folder}`),
  );
  assert.deepEqual(users, []);
});

test("a simulator never uses a mapper, not even in its tests", () => {
  const users = packages
    .filter(({ layer }) => layer === "simulators")
    .flatMap(({ folder, manifest }) =>
      internalOf(manifest)
        .filter((used) => used.layer === "mappers" || used.layer === "sdk/mapper")
        .map((used) => `${folder} uses ${used.folder}`),
    );
  assert.deepEqual(users, []);
});
