import { metaSchemas } from "./meta-schemas.ts";
import type { OpenApiResource } from "./openapi-resource.ts";
import { resourcePaths } from "./resource-paths.ts";
import { resourceSchemas, SCALE, scaleSchema } from "./resource-schemas.ts";

/**
 * The OpenAPI v3 document of one group and version, as `/openapi/v3/apis/{group}/{version}` serves
 * it. kubectl reads from it what `explain` shows, and from the parameters of PATCH that the server
 * itself checks unknown fields.
 */
export function openApiV3Document(o: {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly OpenApiResource[];
}): object {
  const paths: Record<string, object> = {};
  const schemas = metaSchemas();
  for (const resource of o.resources) {
    Object.assign(paths, resourcePaths(resource, o));
    Object.assign(schemas, resourceSchemas(resource, o));
    if (resource.subresources.scale) schemas[SCALE] = scaleSchema();
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes CRD Swagger", version: "v0.1.0" },
    paths,
    components: { schemas },
  };
}
