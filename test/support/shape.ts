/** The keys and types of a JSON value; of an array those of all its elements together. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return [value.map(shapeOf).reduce(both, undefined)];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, one]): [string, unknown] => [key, shapeOf(one)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function both(one: unknown, other: unknown): unknown {
  if (one === undefined) return other;
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other || Array.isArray(one)) return one;
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  const [a, b] = [one, other] as Record<string, unknown>[];
  return Object.fromEntries(keys.map((key) => [key, both(a![key], b![key])]));
}
