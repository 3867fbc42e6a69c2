import { isObject, type JsonSchemaProps } from "../schema/index.ts";

/** A write that is not an apply. */
export interface TrackedUpdate {
  /** The stored object; absent on create. */
  readonly live?: object | undefined;
  readonly next: object;
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  /** RFC 3339, whole seconds. */
  readonly time: string;
  readonly schema?: JsonSchemaProps | undefined;
}

/** `next` with the managedFields that the write leaves behind. Neither object is changed. */
export function trackUpdate(o: TrackedUpdate): object {
  const metadata = (o.next as { metadata?: unknown }).metadata;
  return { ...o.next, metadata: isObject(metadata) ? { ...metadata } : {} };
}
