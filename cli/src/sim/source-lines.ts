import { type Document, isMap, isPair, isScalar, isSeq, type LineCounter, type Node } from "yaml";

/** A YAML document and where its lines begin. */
export interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** `file:line` of a node, or of the document's beginning. */
export function placeOf({ file, document, lines }: Source, node?: Node): string {
  const offset = node?.range?.[0] ?? document.contents?.range?.[0] ?? 0;
  return `${file}:${lines.linePos(offset).line}`;
}

/** The entry of a property in a Device or a DeviceModel of either version. */
export function propertyNode({ document }: Source, property: string): Node | undefined {
  for (const list of ["properties", "propertyVisitors"]) {
    const items = document.getIn(["spec", list], true);
    if (!isSeq(items)) continue;
    const found = items.items.find(
      (item) =>
        isMap(item) &&
        [item.get("name"), item.get("propertyName")].some((name) => name === property),
    );
    if (isMap(found)) return found;
  }
  return undefined;
}

/** The key of that name somewhere below a node. */
export function keyNode(node: unknown, key: string): Node | undefined {
  if (isSeq(node)) return firstOf(node.items, (item) => keyNode(item, key));
  if (!isMap(node)) return undefined;
  return firstOf(node.items, (pair) => {
    if (!isPair(pair)) return undefined;
    if (isScalar(pair.key) && pair.key.value === key) return pair.key;
    return keyNode(pair.value, key);
  });
}

function firstOf<T>(items: readonly T[], find: (item: T) => Node | undefined): Node | undefined {
  for (const item of items) {
    const found = find(item);
    if (found) return found;
  }
  return undefined;
}
