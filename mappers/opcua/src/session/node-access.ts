import { MapperkitError } from "@mapperkit/api";
import type { PropertyValue, ReadOp, WriteOp } from "@mapperkit/sdk";
import type { NodeId } from "node-opcua-client";
import type { OpcuaVisitor } from "../config/opcua-visitor.ts";
import type { UaConnection } from "../connection/ua-connection.ts";
import type { Opcua } from "../library.ts";
import { describeStatus, isPassing, reasonOf, type Status } from "../values/status-words.ts";
import { toAnswer, type UaValue } from "../values/to-reading.ts";
import { type NodeForm, toVariant } from "../values/to-variant.ts";
import { chunksOf } from "./chunks.ts";
import { inServersNames } from "./node-names.ts";

/** A node by its id in the server's numbers. */
export interface NodeName {
  readonly text: string;
  readonly id: NodeId;
  /** What it takes, as far as it was seen or asked. */
  form: NodeForm | undefined;
}

interface Wanted<O> {
  readonly op: O;
  readonly at: number;
  readonly node: NodeName;
}

/** Reads and writes nodes over one connection. */
export class NodeAccess {
  readonly #ua: Opcua;
  readonly #connection: UaConnection;
  /** Ids are read once: a thousand of them in each cycle would cost more than their answers. */
  readonly #names = new WeakMap<OpcuaVisitor, NodeName | Error>();

  constructor(ua: Opcua, connection: UaConnection) {
    this.#ua = ua;
    this.#connection = connection;
  }

  /** One request for all of them, as far as the server takes so many. */
  async readMany(ops: readonly ReadOp<OpcuaVisitor>[]): Promise<unknown[]> {
    const results: unknown[] = new Array(ops.length);
    const wanted = this.#named(ops, results);
    const { AttributeIds } = this.#ua;
    for (const part of chunksOf(wanted, this.#connection.limits.maxRead)) {
      const nodes = part.map(({ node }) => ({ nodeId: node.id, attributeId: AttributeIds.Value }));
      const told = await this.#connection.call("reading", (session) => session.read(nodes, 0));
      for (const [i, { at, op, node }] of part.entries()) {
        const value = told[i];
        results[at] = value ? toAnswer(value, op.visitor.nodeId) : noAnswer(node.text);
        if (value) this.learn(node, value);
      }
    }
    return results;
  }

  async writeMany(ops: readonly WriteOp<OpcuaVisitor>[]): Promise<(Error | undefined)[]> {
    const results: unknown[] = new Array(ops.length);
    const named = this.#named(ops, results);
    await this.#learnForms(named.map(({ node }) => node));
    const wanted = named.flatMap((one) => {
      const variant = this.#variantOf(one.node, one.op.value);
      if (variant instanceof Error) results[one.at] = variant;
      return variant instanceof Error ? [] : [{ ...one, variant }];
    });
    const { AttributeIds } = this.#ua;
    for (const part of chunksOf(wanted, this.#connection.limits.maxWrite)) {
      const nodes = part.map(({ node, variant }) => ({
        ...{ nodeId: node.id, attributeId: AttributeIds.Value },
        value: { value: variant },
      }));
      const told = await this.#connection.call("writing", (session) => session.write(nodes));
      for (const [i, { at, op }] of part.entries()) {
        const status = told[i];
        results[at] = status ? outcomeOf(status, op.visitor.nodeId) : noAnswer(op.visitor.nodeId);
      }
    }
    return results as (Error | undefined)[];
  }

  /** Remembers what a node takes from what it shows. */
  learn(node: NodeName, { value }: UaValue & { value: { readonly arrayType?: number } }): void {
    if (node.form || !value || value.dataType === 0) return;
    node.form = { dataType: value.dataType, isList: (value.arrayType ?? 0) > 0 };
  }

  /** The node, or why the server has none of this name. */
  nameOf(visitor: OpcuaVisitor): NodeName | Error {
    const known = this.#names.get(visitor);
    if (known) return known;
    const found = this.#find(visitor.nodeId);
    this.#names.set(visitor, found);
    return found;
  }

  #find(nodeId: string): NodeName | Error {
    try {
      const text = inServersNames(nodeId, this.#connection.namespaces);
      return { text, id: this.#ua.resolveNodeId(text), form: undefined };
    } catch (cause) {
      if (cause instanceof MapperkitError) return cause;
      const message = `nodeId is ${nodeId}, which is no id of a node: ${String(cause)}`;
      return new MapperkitError("rejected", message, { details: { reason: "illegalAddress" } });
    }
  }

  #named<O extends { readonly visitor: OpcuaVisitor }>(
    ops: readonly O[],
    results: unknown[],
  ): Wanted<O>[] {
    const wanted: Wanted<O>[] = [];
    for (const [at, op] of ops.entries()) {
      const node = this.nameOf(op.visitor);
      if (node instanceof Error) results[at] = node;
      else wanted.push({ op, at, node });
    }
    return wanted;
  }

  /** A node that shows nothing yet still has a type and a rank. */
  async #learnForms(nodes: readonly NodeName[]): Promise<void> {
    const { AttributeIds } = this.#ua;
    for (const node of nodes) {
      if (node.form) continue;
      const value = await this.#connection.call("looking at a node", (session) =>
        session.read({ nodeId: node.id, attributeId: AttributeIds.Value }, 0),
      );
      this.learn(node, value);
      if (node.form) continue;
      node.form = await this.#askForm(node);
    }
  }

  async #askForm({ id }: NodeName): Promise<NodeForm | undefined> {
    const { AttributeIds } = this.#ua;
    return await this.#connection.call("looking at a node's type", async (session) => {
      const rank = await session.read({ nodeId: id, attributeId: AttributeIds.ValueRank });
      if (rank.statusCode.isBad()) return undefined;
      const dataType = await session.getBuiltInDataType(id);
      return { dataType, isList: Number(rank.value.value) >= 0 };
    });
  }

  #variantOf({ form }: NodeName, value: PropertyValue) {
    // Unknown nodes are written as they come: the server says in its answer what is wrong.
    const { isList, dataType } = form ?? { isList: false, dataType: this.#guess(value) };
    try {
      const { VariantArrayType } = this.#ua;
      const arrayType = isList ? VariantArrayType.Array : VariantArrayType.Scalar;
      return { ...toVariant({ dataType, isList }, value), arrayType };
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #guess(value: PropertyValue): number {
    const { DataType } = this.#ua;
    if (typeof value === "boolean") return DataType.Boolean;
    if (value instanceof Uint8Array) return DataType.ByteString;
    if (typeof value === "bigint") return DataType.Int64;
    return typeof value === "number" ? DataType.Double : DataType.String;
  }
}

function outcomeOf(status: Status, nodeId: string): MapperkitError | undefined {
  if (!status.isBad()) return undefined;
  const code = isPassing(status) ? "conflict" : "rejected";
  return new MapperkitError(code, `node ${nodeId} answers ${describeStatus(status)}`, {
    details: { reason: reasonOf(status), nodeId },
  });
}

function noAnswer(nodeId: string): MapperkitError {
  return new MapperkitError("internal", `the server gave no answer for node ${nodeId}`);
}
