// The difference of two requests, as the merge patch (RFC 7396) that turns one into the other, and as a list for people.

type Json = unknown;

const isObject = (value: Json): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `after` changes of `before`; undefined if nothing. */
export function mergePatch(before: Json, after: Json): Json {
  if (!isObject(before) || !isObject(after)) return equal(before, after) ? undefined : after;
  const patch: Record<string, Json> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!(name in after)) patch[name] = null;
    else if (!(name in before)) patch[name] = after[name];
    else {
      const inner = mergePatch(before[name], after[name]);
      if (inner !== undefined) patch[name] = inner;
    }
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

/** What `patch` makes of `target`; undefined leaves it as it is. */
export function applyPatch(target: Json, patch: Json): Json {
  if (patch === undefined) return target;
  if (!isObject(patch)) return patch;
  const merged: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = applyPatch(merged[name], value);
  }
  return merged;
}

export interface Change {
  path: string;
  /** Undefined: it was not there. */
  before: Json;
  /** Undefined: it is not there any more. */
  after: Json;
}

/** Each value that differs, by its path. */
export function changes(before: Json, after: Json, path = ''): Change[] {
  if (isObject(before) && isObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
      changes(before[name], after[name], path ? `${path}.${name}` : name),
    );
  }
  return equal(before, after) ? [] : [{ path, before, after }];
}

export function equal(one: Json, other: Json): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((item, index) => equal(item, other[index]));
  if (!isObject(one) || !isObject(other)) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => name in other && equal(one[name], other[name]));
}
