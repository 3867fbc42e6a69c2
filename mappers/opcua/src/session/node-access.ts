import { MapperkitError } from "@mapperkit/api";
import type { PropertyValue, ReadOp, WriteOp } from "@mapperkit/sdk";
import type { OpcuaVisitor } from "../config/opcua-visitor.ts";
import type { UaConnection } from "../connection/ua-connection.ts";
import type { Opcua } from "../library.ts";
import { describeStatus, isPassing, reasonOf, type Status } from "../values/status-words.ts";
import { toAnswer, type UaValue } from "../values/to-reading.ts";
import { type NodeForm, toVariant } from "../values/to-variant.ts";
import { builtInTypeOf } from "./built-in-type.ts";
import { chunksOf } from "./chunks.ts";
import { inServersNames } from "./node-names.ts";

interface Wanted<O> {
  readonly op: O;
  readonly at: number;
  readonly nodeId: string;
}

/** Reads and writes nodes over one connection. */
export class NodeAccess {
  readonly #ua: Opcua;
  readonly #connection: UaConnection;
  /** What nodes take, as far as they were seen or asked. */
  readonly #forms = new Map<string, NodeForm>();

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
      const nodes = part.map(({ nodeId }) => ({ nodeId, attributeId: AttributeIds.Value }));
      const told = await this.#connection.call("reading", (session) => session.read(nodes, 0));
      for (const [i, { at, op, nodeId }] of part.entries()) {
        const value = told[i];
        results[at] = value ? toAnswer(value, op.visitor.nodeId) : noAnswer(nodeId);
        if (value) this.learn(nodeId, value);
      }
    }
    return results;
  }

  async writeMany(ops: readonly WriteOp<OpcuaVisitor>[]): Promise<(Error | undefined)[]> {
    const results: unknown[] = new Array(ops.length);
    const named = this.#named(ops, results);
    await this.#learnForms(named.map(({ nodeId }) => nodeId));
    const wanted = named.flatMap((one) => {
      const variant = this.#variantOf(one.nodeId, one.op.value);
      if (variant instanceof Error) results[one.at] = variant;
      return variant instanceof Error ? [] : [{ ...one, variant }];
    });
    const { AttributeIds } = this.#ua;
    for (const part of chunksOf(wanted, this.#connection.limits.maxWrite)) {
      const nodes = part.map(({ nodeId, variant }) => ({
        ...{ nodeId, attributeId: AttributeIds.Value },
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
  learn(nodeId: string, { value }: UaValue & { value: { readonly arrayType?: number } }): void {
    if (this.#forms.has(nodeId) || !value || value.dataType === 0) return;
    this.#forms.set(nodeId, { dataType: value.dataType, isList: (value.arrayType ?? 0) > 0 });
  }

  /** The node's id in the server's numbers, or why there is none. */
  nameOf({ nodeId }: OpcuaVisitor): string | Error {
    try {
      return inServersNames(nodeId, this.#connection.namespaces);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #named<O extends { readonly visitor: OpcuaVisitor }>(
    ops: readonly O[],
    results: unknown[],
  ): Wanted<O>[] {
    return ops.flatMap((op, at) => {
      const nodeId = this.nameOf(op.visitor);
      if (typeof nodeId === "string") return [{ op, at, nodeId }];
      results[at] = nodeId;
      return [];
    });
  }

  /** A node that shows nothing yet still has a type and a rank. */
  async #learnForms(nodeIds: readonly string[]): Promise<void> {
    const { AttributeIds } = this.#ua;
    for (const nodeId of new Set(nodeIds)) {
      if (this.#forms.has(nodeId)) continue;
      const value = await this.#connection.call("looking at a node", (session) =>
        session.read({ nodeId, attributeId: AttributeIds.Value }, 0),
      );
      this.learn(nodeId, value);
      if (this.#forms.has(nodeId)) continue;
      const form = await this.#askForm(nodeId);
      if (form) this.#forms.set(nodeId, form);
    }
  }

  async #askForm(nodeId: string): Promise<NodeForm | undefined> {
    const { AttributeIds } = this.#ua;
    return await this.#connection.call("looking at a node's type", async (session) => {
      const rank = await session.read({ nodeId, attributeId: AttributeIds.ValueRank });
      if (rank.statusCode.isBad()) return undefined;
      const dataType = await builtInTypeOf(this.#ua, session, nodeId);
      return { dataType, isList: Number(rank.value.value) >= 0 };
    });
  }

  #variantOf(nodeId: string, value: PropertyValue) {
    const form = this.#forms.get(nodeId);
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
