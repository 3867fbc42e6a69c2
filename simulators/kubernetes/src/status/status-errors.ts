import { StatusError } from "./status-error.ts";

/** What a message calls a kind of thing: `widgets.demo.example.com`, or `configmaps` in the core group. */
export interface GroupNamed {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

/** One thing wrong with an object: `message` is Kubernetes' whole text after the field's path. */
export interface FieldError {
  readonly type: string;
  readonly field: string;
  readonly message: string;
}

export function qualified(name: string, group: string): string {
  return group === "" ? name : `${name}.${group}`;
}

export function notFound(resource: GroupNamed, name: string): StatusError {
  return new StatusError(
    404,
    "NotFound",
    `${qualified(resource.plural, resource.group)} "${name}" not found`,
    detailsOf(resource, name),
  );
}

/** A known group without the resource that was asked for. */
export function unknownResource(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource", {});
}

export function alreadyExists(resource: GroupNamed, name: string): StatusError {
  return new StatusError(
    409,
    "AlreadyExists",
    `${qualified(resource.plural, resource.group)} "${name}" already exists`,
    detailsOf(resource, name),
  );
}

export function staleVersion(resource: GroupNamed, name: string): StatusError {
  return conflict(
    resource,
    name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );
}

export function conflict(resource: GroupNamed, name: string, why: string): StatusError {
  return new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(resource.plural, resource.group)} "${name}": ${why}`,
    detailsOf(resource, name),
  );
}

/** A delete whose preconditions do not hold; the real server names the kind here, not the plural. */
export function preconditionFailed(resource: GroupNamed, name: string, why: string): StatusError {
  return new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(resource.kind, resource.group)} "${name}": ${why}`,
    detailsOf(resource, name),
  );
}

export function invalid(
  subject: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = errors.map((error) => `${error.field}: ${error.message}`);
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  return new StatusError(
    422,
    "Invalid",
    `${qualified(subject.kind, subject.group)} "${name}" is invalid: ${list}`,
    {
      ...(name === "" ? {} : { name }),
      ...(subject.group === "" ? {} : { group: subject.group }),
      kind: subject.kind,
      causes: errors.map(({ type, message, field }) => ({ reason: type, message, field })),
    },
  );
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

export function unauthorized(): StatusError {
  return new StatusError(401, "Unauthorized", "Unauthorized");
}

export function namespaceTerminating(
  resource: GroupNamed,
  name: string,
  namespace: string,
): StatusError {
  return new StatusError(
    403,
    "Forbidden",
    `${qualified(resource.plural, resource.group)} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    {
      ...detailsOf(resource, name),
      causes: [
        {
          reason: "NamespaceTerminating",
          message: `namespace ${namespace} is being terminated`,
          field: "metadata.namespace",
        },
      ],
    },
  );
}

export function forbidden(resource: GroupNamed, name: string, why: string): StatusError {
  return new StatusError(
    403,
    "Forbidden",
    `${qualified(resource.plural, resource.group)} "${name}" is forbidden: ${why}`,
    detailsOf(resource, name),
  );
}

/** A request that no rule lets pass. `asked.path` is set for requests that are not about resources. */
export function notAllowed(
  user: string,
  asked: {
    readonly verb: string;
    readonly group: string;
    readonly resource: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name: string;
    readonly path?: string | undefined;
  },
): StatusError {
  const { verb, group, resource, subresource, namespace, name, path } = asked;
  if (path !== undefined) {
    const message = `forbidden: User ${JSON.stringify(user)} cannot ${verb} path ${JSON.stringify(path)}`;
    return new StatusError(403, "Forbidden", message, {});
  }
  const what = JSON.stringify(subresource === "" ? resource : `${resource}/${subresource}`);
  const where =
    namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  const which = name === "" ? "" : ` ${JSON.stringify(name)}`;
  return new StatusError(
    403,
    "Forbidden",
    `${qualified(resource, group)}${which} is forbidden: User ${JSON.stringify(user)} cannot ${verb} resource ${what} in API group ${JSON.stringify(group)} ${where}`,
    {
      ...(name === "" ? {} : { name }),
      ...(group === "" ? {} : { group }),
      kind: resource,
    },
  );
}

export function methodNotAllowed(): StatusError {
  return new StatusError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}

export function notAcceptable(): StatusError {
  return new StatusError(
    406,
    "NotAcceptable",
    "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
    {},
  );
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return new StatusError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
    {},
  );
}

export function tooLarge(message: string): StatusError {
  return new StatusError(413, "RequestEntityTooLarge", message, {});
}

export function expired(message: string): StatusError {
  return new StatusError(410, "Expired", message);
}

/** A version that the store has not reached. */
export function versionTooLarge(asked: number, current: number): StatusError {
  return new StatusError(
    504,
    "Timeout",
    `Timeout: Too large resource version: ${asked}, current: ${current}`,
    {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    },
  );
}

/** A failure without a reason of its own, as the real server answers several wrong inputs. */
export function internalError(message: string, cause?: unknown): StatusError {
  return new StatusError(500, "", message, undefined, cause === undefined ? {} : { cause });
}

function detailsOf(resource: GroupNamed, name: string) {
  return {
    name,
    ...(resource.group === "" ? {} : { group: resource.group }),
    kind: resource.plural,
  };
}
