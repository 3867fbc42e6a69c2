/**
 * The messages of CustomResourceDefinition, numbered as apiextensions.k8s.io/v1 numbers them:
 * `number name type`. Several members of a JSON schema are called otherwise in JSON.
 */
export const DEFINITION_MESSAGES: Readonly<Record<string, string>> = {
  "crd.CustomResourceDefinition":
    "1 metadata meta.ObjectMeta, 2 spec crd.Spec, 3 status crd.Status",
  "crd.Spec":
    "1 group s, 3 names crd.Names, 4 scope s, 7 versions []crd.Version, 9 conversion crd.Conversion, 10 preserveUnknownFields b",
  "crd.Names":
    "1 plural s, 2 singular s, 3 shortNames []s, 4 kind s, 5 listKind s, 6 categories []s",
  "crd.Version":
    "1 name s, 2 served b, 3 storage b, 4 schema crd.Validation, 5 subresources crd.Subresources, 6 additionalPrinterColumns []crd.Column, 7 deprecated b, 8 deprecationWarning s, 9 selectableFields []crd.SelectableField",
  "crd.Validation": "1 openAPIV3Schema crd.Schema",
  "crd.Subresources": "1 status crd.Empty, 2 scale crd.Scale",
  "crd.Empty": "",
  "crd.Scale": "1 specReplicasPath s, 2 statusReplicasPath s, 3 labelSelectorPath s",
  "crd.Column": "1 name s, 2 type s, 3 format s, 4 description s, 5 priority i, 6 jsonPath s",
  "crd.SelectableField": "1 jsonPath s",
  "crd.Conversion": "1 strategy s, 2 webhook crd.WebhookConversion",
  "crd.WebhookConversion": "2 clientConfig crd.ClientConfig, 3 conversionReviewVersions []s",
  "crd.ClientConfig": "1 service crd.ServiceReference, 2 caBundle y, 3 url s",
  "crd.ServiceReference": "1 namespace s, 2 name s, 3 path s, 4 port i",
  "crd.Status": "1 conditions []crd.Condition, 2 acceptedNames crd.Names, 3 storedVersions []s",
  "crd.Condition": "1 type s, 2 status s, 3 lastTransitionTime time, 4 reason s, 5 message s",
  "crd.Schema": `1 id s, 2 $schema s, 3 $ref s, 4 description s, 5 type s, 6 format s, 7 title s,
    8 default json, 9 maximum d, 10 exclusiveMaximum b, 11 minimum d, 12 exclusiveMinimum b,
    13 maxLength i, 14 minLength i, 15 pattern s, 16 maxItems i, 17 minItems i, 18 uniqueItems b,
    19 multipleOf d, 20 enum []json, 21 maxProperties i, 22 minProperties i, 23 required []s,
    24 items crd.SchemaOrArray, 25 allOf []crd.Schema, 26 oneOf []crd.Schema, 27 anyOf []crd.Schema,
    28 not crd.Schema, 29 properties {}crd.Schema, 30 additionalProperties crd.SchemaOrBool,
    31 patternProperties {}crd.Schema, 32 dependencies {}crd.SchemaOrStrings, 33 additionalItems crd.SchemaOrBool,
    34 definitions {}crd.Schema, 35 externalDocs crd.Docs, 36 example json, 37 nullable b,
    38 x-kubernetes-preserve-unknown-fields b, 39 x-kubernetes-embedded-resource b,
    40 x-kubernetes-int-or-string b, 41 x-kubernetes-list-map-keys []s,
    42 x-kubernetes-list-type s, 43 x-kubernetes-map-type s,
    44 x-kubernetes-validations []crd.Rule`,
  "crd.SchemaOrBool": "1 allows b, 2 schema crd.Schema",
  "crd.SchemaOrArray": "1 schema crd.Schema, 2 jSONSchemas []crd.Schema",
  "crd.SchemaOrStrings": "1 schema crd.Schema, 2 property []s",
  "crd.Docs": "1 description s, 2 url s",
  "crd.Rule":
    "1 rule s, 2 message s, 3 messageExpression s, 4 reason s, 5 fieldPath s, 6 optionalOldSelf b",
};
