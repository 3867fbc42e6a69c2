import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import { type Envelope, MapperkitError, makeEnvelope } from "@mapperkit/api";
import type { Clock } from "@mapperkit/runtime";
import type { NodeCalls, RuleLink } from "../nodes/node-calls.ts";
import type { PathMatch } from "../rules/path-tree.ts";
import type { ReadyRule, RuleBook } from "../rules/rule-book.ts";
import type { RuleTally } from "../rules/rule-tally.ts";
import { endToEnd, type HttpFields, readFields } from "./http-fields.ts";
import { parseRestPath, type RestPath } from "./rest-path.ts";
import { RestProblem, type Stage } from "./rest-problem.ts";

export interface RestRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  readonly fields: HttpFields;
  /** Read only when there is a rule. */
  readonly body: () => Promise<Buffer>;
  /** Names of who asks: user and groups; absent when nobody has to say. */
  readonly caller?: readonly string[];
  /** The caller has gone. */
  readonly signal: AbortSignal;
}

export interface RestAnswer {
  readonly status: number;
  readonly fields: HttpFields;
  readonly body: Buffer;
}

export interface RestRequestParts {
  readonly book: RuleBook;
  readonly calls: NodeCalls;
  readonly link: RuleLink;
  readonly tally: RuleTally;
  /** Whether the node reads what KubeEdge's edge does not. */
  readonly isOurs: (node: string) => boolean;
  /** Whether Kubernetes has such a node. */
  readonly isKnown: (node: string, signal: AbortSignal) => Promise<boolean>;
  readonly answerWithinMs: number;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
}

/** Carries each request over the rule that fits to the node that it names, once. */
export class RestRequests {
  readonly #parts: RestRequestParts;

  constructor(parts: RestRequestParts) {
    this.#parts = parts;
  }

  /** @throws RestProblem */
  async handle(request: RestRequest): Promise<RestAnswer> {
    const path = parseRestPath(request.target);
    const match = this.#parts.book.findPath(path.namespace, path.segments);
    if (!match) {
      const text = `no rule of namespace ${path.namespace} has the path /${path.segments.join("/")}`;
      throw new RestProblem(404, "rule", text);
    }
    checkAllowed(match.value, request.caller);
    const { id } = match.value;
    try {
      const answer = await this.#carry(request, path, match);
      this.#parts.tally.countSuccess(id);
      return answer;
    } catch (error) {
      this.#parts.tally.countFailure(id, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  async #carry(
    request: RestRequest,
    path: RestPath,
    match: PathMatch<ReadyRule>,
  ): Promise<RestAnswer> {
    const body = await request.body();
    await this.#connected(path.node, request.signal);
    return match.value.target.spec.ruleEndpointType === "eventbus"
      ? this.#publish(path, match, body)
      : this.#call(request, path, match, body);
  }

  async #connected(node: string, signal: AbortSignal): Promise<void> {
    if (this.#parts.link.isConnected(node)) return;
    const isKnown = await this.#parts.isKnown(node, signal).catch(() => true);
    if (!isKnown) throw new RestProblem(404, "node", `there is no node ${node}`);
    throw new RestProblem(503, "node", `node ${node} is not connected`, { "retry-after": "5" });
  }

  #publish({ node }: RestPath, match: PathMatch<ReadyRule>, body: Buffer): RestAnswer {
    const { rule } = match.value;
    const levels = [filled(rule.spec.targetResource.topic ?? "", match.variables)];
    const topic = [...levels, ...match.remainder].join("/");
    if (/[+#\0]/.test(topic) || topic.startsWith("$")) {
      throw new RestProblem(400, "request", `${JSON.stringify(topic)} is no topic to publish to`);
    }
    const isText = isUtf8(body);
    if (!isText && !this.#parts.isOurs(node)) {
      throw new RestProblem(415, "node", `node ${node} runs KubeEdge, which carries text only`);
    }
    const content = isText ? body.toString() : { base64: body.toString("base64") };
    const route = { source: "router_eventbus", operation: "publish", resource: topic };
    this.#parts.link.send(node, this.#envelope(route, content));
    const fields = { "content-type": ["text/plain"] };
    return { status: 200, fields, body: Buffer.from("message delivered") };
  }

  async #call(
    { method, fields, signal }: RestRequest,
    path: RestPath,
    match: PathMatch<ReadyRule>,
    body: Buffer,
  ): Promise<RestAnswer> {
    const { rule, target } = match.value;
    const base = filled(rule.spec.targetResource.path ?? "", match.variables, encodeURIComponent);
    const rest = path.raw.slice(path.raw.length - match.remainder.length);
    const way = `/${[base.replace(/^\/+|\/+$/g, ""), ...rest].filter(Boolean).join("/")}${path.query}`;
    const port = target.spec.properties.service_port ?? "";
    // KubeEdge's edge takes a resource with one colon only.
    const resource = `${port}:${this.#parts.isOurs(path.node) ? way : way.replaceAll(":", "%3A")}`;
    const question = this.#envelope(
      { source: "router_servicebus", operation: method, resource },
      { header: fields, body: body.toString("base64"), method, url: "" },
    );
    const { clock, answerWithinMs } = this.#parts;
    const late = clock.timeout(answerWithinMs);
    try {
      const both = AbortSignal.any([signal, late]);
      return readAnswer(await this.#parts.calls.ask(path.node, question, both));
    } catch (error) {
      if (error instanceof RestProblem) throw error;
      if (signal.aborted) throw new RestProblem(499, "request", "the caller went away");
      if (late.aborted) {
        const text = `node ${path.node} did not answer within ${answerWithinMs} ms`;
        throw new RestProblem(504, "service", text);
      }
      if (!(error instanceof MapperkitError)) throw error;
      throw new RestProblem(502, "node", error.message);
    }
  }

  #envelope(
    route: { source: string; operation: string; resource: string },
    content: unknown,
  ): Envelope {
    const timestamp = this.#parts.clock.now();
    return makeEnvelope({ id: randomUUID(), timestamp, group: "user", ...route, content });
  }
}

/** Rules may name who uses them: `allow`, names of users and groups with commas. */
function checkAllowed({ rule, id }: ReadyRule, caller: readonly string[] | undefined): void {
  const { allow } = rule.spec.sourceResource;
  if (allow === undefined || caller === undefined) return;
  const allowed = allow.split(",").map((name) => name.trim());
  if (caller.some((name) => allowed.includes(name))) return;
  throw new RestProblem(
    403,
    "rule",
    `rule ${id} does not allow ${JSON.stringify(caller[0] ?? "")}`,
  );
}

/** `{name}` in what a rule aims at is what stood at its place in the path. */
function filled(
  text: string,
  variables: Readonly<Record<string, string>>,
  encode: (value: string) => string = (value) => value,
): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = variables[name];
    return value === undefined ? whole : encode(value);
  });
}

function readAnswer({ content }: Envelope): RestAnswer {
  const { status_code: status, header, body } = (content ?? {}) as Record<string, unknown>;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) {
    throw new RestProblem(502, "node", "the node's answer has no status from 200 to 599");
  }
  if (body !== undefined && body !== null && typeof body !== "string") {
    throw new RestProblem(502, "node", "the node's answer has a body that is no text");
  }
  const fields = endToEnd(readFields(header));
  const isOfEdge = fields.server?.includes("kubeedge-edgecore");
  const bytes = Buffer.from(body ?? "", "base64");
  if (isOfEdge && status >= 400) {
    throw new RestProblem(edgeStatus(status), stageOf(status), bytes.toString());
  }
  return { status, fields, body: bytes };
}

/** KubeEdge's edge says 404 when nobody listens, and 500 when the answer broke off (router §5.3). */
function edgeStatus(status: number): number {
  return status === 404 || status === 500 ? 502 : status;
}

function stageOf(status: number): Stage {
  return status === 400 ? "node" : "service";
}
