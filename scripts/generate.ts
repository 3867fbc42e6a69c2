import { mkdir, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
// biome-ignore lint/correctness/noUndeclaredDependencies: scripts are no package; the workspace declares what they use
import { deviceCrds, ruleCrds } from "@mapperkit/api/crds";
// biome-ignore lint/correctness/noUndeclaredDependencies: scripts are no package; the workspace declares what they use
import { stringify } from "yaml";

const SOURCE = `# Made by \`npm run generate\` from the schemas of @mapperkit/api; edit those instead.
`;
const CONVERTED = `# cloudcore installs this and tells the API server where to find the conversion
# (spec.conversion.webhook.clientConfig), which has no place in a file.
`;

interface GeneratedFile {
  /** From the root of the repository. */
  path: string;
  text: string;
}

/** Every file that is made from code and committed. */
export function generatedFiles(): GeneratedFile[] {
  return [
    ...deviceCrds.map((crd) => fileOf(crd, SOURCE + CONVERTED)),
    ...ruleCrds.map((crd) => fileOf(crd, SOURCE)),
  ];
}

function fileOf(crd: object, header: string): GeneratedFile {
  return {
    path: `manifests/crds/${(crd as { metadata: { name: string } }).metadata.name}.yaml`,
    // kubectl reads YAML 1.1, in which an unquoted "on" is a boolean.
    text: header + stringify(crd, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false }),
  };
}

if (import.meta.main) {
  for (const { path, text } of generatedFiles()) {
    const file = resolve(import.meta.dirname, "..", path);
    await mkdir(resolve(file, ".."), { recursive: true });
    await writeFile(file, text);
    process.stdout.write(`${path}\n`);
  }
}
