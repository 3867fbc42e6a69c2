/** Cuts a request where the server takes only so many operations in one; 0 is no limit. */
export function chunksOf<T>(items: readonly T[], most: number): T[][] {
  if (most <= 0 || items.length <= most) return items.length > 0 ? [[...items]] : [];
  return Array.from({ length: Math.ceil(items.length / most) }, (_, index) =>
    items.slice(index * most, (index + 1) * most),
  );
}
