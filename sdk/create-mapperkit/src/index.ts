export { createMapper, makeProject, type Surroundings } from "./create-mapper.ts";
export { type Answers, type Given, UsageError } from "./options.ts";
export { type ProjectFile, projectFiles, writeProject } from "./project.ts";
export { versions } from "./versions.ts";
