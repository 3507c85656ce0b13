// One way to call the API: with the session's token, JSON both ways, and every failure as a `Failure`. The paths, their
// parameters and their answers are those of the API's own description (`schema.d.ts`), so that a wrong one does not compile.

import { session, signOut } from '../state/session';
import { createStore } from '../state/store';
import { Problem, readProblem, Unreachable } from './problem';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** Whether the last call reached the API, whatever it said. */
export const reachable = createStore(true);

export interface Options {
  path?: Record<string, string | number>;
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: unknown;
  /** What makes a repeated create the same create. */
  idempotencyKey?: string;
  /** The version that is to be changed; another one is a 412. */
  version?: number;
  signal?: AbortSignal | undefined;
  /** For JSON Merge Patch. */
  contentType?: string;
  /** Another token than the session's: one that is tried. */
  token?: string;
}

export interface Answer<T> {
  status: number;
  data: T;
}

type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';
type PathsOf<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never }[keyof paths];
type Json<R> = R extends { content: { 'application/json': infer T } } ? T : undefined;
type Good<R> = { [S in keyof R]: S extends 200 | 201 | 202 | 204 ? Json<R[S]> : never }[keyof R];
export type Data<M extends Method, P extends keyof paths> = paths[P] extends Record<M, { responses: infer R }> ? Good<R> : never;

export const get = <P extends PathsOf<'get'>>(path: P, options?: Options) => request<Data<'get', P>>('GET', path, options);
export const post = <P extends PathsOf<'post'>>(path: P, options?: Options) => request<Data<'post', P>>('POST', path, options);
export const put = <P extends PathsOf<'put'>>(path: P, options?: Options) => request<Data<'put', P>>('PUT', path, options);
export const patch = <P extends PathsOf<'patch'>>(path: P, options?: Options) =>
  request<Data<'patch', P>>('PATCH', path, { contentType: 'application/merge-patch+json', ...options });
export const del = <P extends PathsOf<'delete'>>(path: P, options?: Options) => request<Data<'delete', P>>('DELETE', path, options);

/** What the typed calls above come down to. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  return (await send<T>(method, path, options)).data;
}

/** The same, for those few who must tell a 200 from a 202. */
export async function send<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const headers = new Headers({ accept: 'application/json' });
  const token = options.token ?? session.get()?.token;
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (options.idempotencyKey !== undefined) headers.set('idempotency-key', options.idempotencyKey);
  if (options.version !== undefined) headers.set('if-match', `"${options.version}"`);
  if (options.body !== undefined) headers.set('content-type', options.contentType ?? 'application/json');

  const init: RequestInit = { method, headers, cache: 'no-store', credentials: 'omit' };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.signal) init.signal = options.signal;

  const answer = await reach(address(path, options), init);
  const body = await readBody(answer);
  if (answer.ok) return { status: answer.status, data: body as T };
  // Only if it is this session that was refused: another may have been opened since the call went out.
  if (answer.status === 401 && session.get()?.token === token) signOut('refused');
  throw readProblem(answer.status, body, answer.headers.get('retry-after'), answer.headers.get('x-request-id'));
}

/** The path with its parameters in place, and the query without what is empty. */
export function address(path: string, { path: named = {}, query = {} }: Pick<Options, 'path' | 'query'>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = named[name];
    if (value === undefined) throw new Problem(0, 'A link is broken', `${path} lacks ${name}`);
    return encodeURIComponent(value);
  });
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  }
  return parameters.size > 0 ? `${filled}?${parameters}` : filled;
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    const answer = await fetch(url, init);
    reachable.set(true);
    return answer;
  } catch (error) {
    if (init.signal?.aborted) throw error;
    reachable.set(false);
    throw new Unreachable();
  }
}

async function readBody(answer: Response): Promise<unknown> {
  const text = await answer.text().catch(() => '');
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return { detail: text.slice(0, 300) };
  }
}
