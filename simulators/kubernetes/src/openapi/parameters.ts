/** The query parameters of the API: a table. */

/** One parameter of an operation, as OpenAPI writes it. */
export type Parameter = object;

function query(
  name: string,
  type: "string" | "boolean" | "integer",
  description: string,
): Parameter {
  return { name, in: "query", description, schema: { type, uniqueItems: true } };
}

export function inPath(name: string, description: string): Parameter {
  return {
    name,
    in: "path",
    description,
    required: true,
    schema: { type: "string", uniqueItems: true },
  };
}

export const PRETTY = query("pretty", "string", "If 'true', then the output is pretty printed.");
const DRY_RUN = query(
  "dryRun",
  "string",
  "When present, indicates that modifications should not be persisted. Valid values are:\n- All: all dry run stages will be processed",
);
const FIELD_MANAGER = query(
  "fieldManager",
  "string",
  "fieldManager is a name associated with the actor or entity that is making these changes.",
);
const FIELD_VALIDATION = query(
  "fieldValidation",
  "string",
  "fieldValidation instructs the server on how to handle objects in the request (POST/PUT/PATCH) containing unknown or duplicate fields. Valid values are:\n- Ignore\n- Warn\n- Strict",
);
export const FORCE = query("force", "boolean", 'Force is going to "force" Apply requests.');
export const WRITE = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];
export const LIST = [
  query(
    "allowWatchBookmarks",
    "boolean",
    'allowWatchBookmarks requests watch events with type "BOOKMARK".',
  ),
  query(
    "continue",
    "string",
    "The continue option should be set when retrieving more results from the server.",
  ),
  query(
    "fieldSelector",
    "string",
    "A selector to restrict the list of returned objects by their fields.",
  ),
  query(
    "labelSelector",
    "string",
    "A selector to restrict the list of returned objects by their labels.",
  ),
  query("limit", "integer", "limit is a maximum number of responses to return for a list call."),
  query(
    "resourceVersion",
    "string",
    "resourceVersion sets a constraint on what resource versions a request may be served from.",
  ),
  query(
    "resourceVersionMatch",
    "string",
    "resourceVersionMatch determines how resourceVersion is applied to list calls.",
  ),
  query(
    "sendInitialEvents",
    "boolean",
    "`sendInitialEvents=true` may be set together with `watch=true`.",
  ),
  query("timeoutSeconds", "integer", "Timeout for the list/watch call."),
  query("watch", "boolean", "Watch for changes to the described resources."),
];
export const DELETE = [
  DRY_RUN,
  query(
    "gracePeriodSeconds",
    "integer",
    "The duration in seconds before the object should be deleted.",
  ),
  query("propagationPolicy", "string", "Whether and how garbage collection will be performed."),
];
