export { DefinitionController } from "./definition-controller.ts";
export { definitionResource } from "./definition-resource.ts";
