// What can go wrong with a call, in kinds that a page treats differently. Every failed call throws one of these and
// nothing else.

/** A field of a request, and what is wrong with it. */
export interface FieldError {
  field: string;
  reason: string;
}

/** The API answered, and refused: RFC 9457. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    /** Each field at fault. */
    readonly errors: FieldError[] = [],
    readonly retryAfterSeconds?: number,
    /** The request, as the API's log knows it. */
    readonly requestId?: string,
  ) {
    super(`${title}: ${detail}`);
    this.name = 'Problem';
  }
}

/** Nothing came back: no network, or no API at the other end. */
export class Unreachable extends Error {
  constructor() {
    super('The API cannot be reached.');
    this.name = 'Unreachable';
  }
}

export type Failure = Problem | Unreachable;

/** Reads the body of a refusal. A body that is no problem document (a gateway's, say) still becomes one. */
export function readProblem(status: number, body: unknown, retryAfter: string | null, requestId: string | null): Problem {
  const given: Record<string, unknown> = body !== null && typeof body === 'object' ? { ...body } : {};
  const text = (name: string) => (typeof given[name] === 'string' ? (given[name] as string) : undefined);
  const detail = text('detail') ?? text('message') ?? '';
  return new Problem(
    status,
    text('title') ?? `The API answered ${status}`,
    detail,
    fieldErrors(given),
    seconds(given['retry_after_seconds'] ?? retryAfter),
    requestId ?? undefined,
  );
}

function fieldErrors(given: Record<string, unknown>): FieldError[] {
  const listed = Array.isArray(given['errors']) ? given['errors'].filter(isFieldError) : [];
  return listed.length === 0 && isFieldError(given) ? [{ field: given.field, reason: given.reason }] : listed;
}

function isFieldError(value: unknown): value is FieldError {
  const given = value as Partial<FieldError> | null;
  return typeof given?.field === 'string' && typeof given.reason === 'string';
}

function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number.parseInt(value, 10) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** What a form does with a refusal: each message to the control of its field, the rest to the form's top. */
export interface PlacedErrors {
  byField: ReadonlyMap<string, string>;
  rest: FieldError[];
}

/**
 * Gives every error to the nearest control that the form has: `payload.headers.X-A` goes to `payload.headers`, if there is
 * one, else to `payload`. What no control is near is kept in `rest` with its whole path, so that nothing is lost.
 */
export function placeErrors(errors: FieldError[], controls: Iterable<string>): PlacedErrors {
  const known = new Set(controls);
  const byField = new Map<string, string>();
  const rest: FieldError[] = [];
  for (const error of errors) {
    const control = ancestors(error.field).find((path) => known.has(path));
    if (control === undefined) {
      rest.push(error);
      continue;
    }
    const below = error.field.slice(control.length).replace(/^\./, '');
    const message = below ? `${below}: ${error.reason}` : error.reason;
    const before = byField.get(control);
    byField.set(control, before ? `${before}; ${message}` : message);
  }
  return { byField, rest };
}

/** `a.b[0].c`, `a.b[0]`, `a.b`, `a`. */
function ancestors(field: string): string[] {
  const paths = [field];
  for (let at = field.length - 1; at > 0; at -= 1) {
    if (field[at] === '.' || field[at] === '[') paths.push(field.slice(0, at));
  }
  return paths;
}
