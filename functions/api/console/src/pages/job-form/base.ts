import { get, type Schemas } from '../../api/call';

/** What is edited: one version of a job. */
export interface Base {
  id: string;
  version: number;
  definition: Schemas['JobRequest'];
}

export async function loadBase(id: string, signal?: AbortSignal): Promise<Base> {
  const job = await get('/v1/jobs/{id}', { path: { id }, signal });
  const { definition } = await get('/v1/jobs/{id}/versions/{version}', { path: { id, version: job.version }, signal });
  return { id, version: job.version, definition };
}
