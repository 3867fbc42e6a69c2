interface Versioned {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/**
 * Whether `a` is an earlier state of the same object than `b`. resourceVersions of one object are
 * ordered numbers on every API server that stores in etcd, and on ours; others are never older.
 */
export function isOlder(a: Versioned, b: Versioned): boolean {
  if (a.uid !== b.uid) return false;
  const [left, right] = [a.resourceVersion ?? "", b.resourceVersion ?? ""];
  if (!/^\d+$/.test(left) || !/^\d+$/.test(right)) return false;
  return left.length === right.length ? left < right : left.length < right.length;
}
