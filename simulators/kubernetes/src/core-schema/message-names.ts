import { metaName } from "../openapi/meta-schemas.ts";

/** Go calls the messages of CustomResourceDefinition otherwise than the table here. */
const DEFINITION_NAMES: Readonly<Record<string, string>> = {
  "crd.Spec": "CustomResourceDefinitionSpec",
  "crd.Names": "CustomResourceDefinitionNames",
  "crd.Version": "CustomResourceDefinitionVersion",
  "crd.Validation": "CustomResourceValidation",
  "crd.Subresources": "CustomResourceSubresources",
  "crd.Empty": "CustomResourceSubresourceStatus",
  "crd.Scale": "CustomResourceSubresourceScale",
  "crd.Column": "CustomResourceColumnDefinition",
  "crd.Conversion": "CustomResourceConversion",
  "crd.ClientConfig": "WebhookClientConfig",
  "crd.Status": "CustomResourceDefinitionStatus",
  "crd.Condition": "CustomResourceDefinitionCondition",
  "crd.Schema": "JSONSchemaProps",
  "crd.SchemaOrBool": "JSONSchemaPropsOrBool",
  "crd.SchemaOrArray": "JSONSchemaPropsOrArray",
  "crd.SchemaOrStrings": "JSONSchemaPropsOrStringArray",
  "crd.Docs": "ExternalDocumentation",
  "crd.Rule": "ValidationRule",
};
const DEFINITION_PACKAGE = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

/** The Go type of a message, without its package: errors name it. */
export function goNameOf(message: string): string {
  return DEFINITION_NAMES[message] ?? message.slice(message.indexOf(".") + 1);
}

/** The component of a message in OpenAPI documents: `io.k8s.api.core.v1.PodSpec`. */
export function componentOf(message: string): string {
  const [home = ""] = message.split(".");
  if (home === "meta") return metaName(goNameOf(message));
  if (home === "crd") return `${DEFINITION_PACKAGE}.${goNameOf(message)}`;
  return `io.k8s.api.${home}.v1.${goNameOf(message)}`;
}
