// Which dead letters are meant: one filter, kept in the address, asked of the list, and sent with what is done to many.
// What is done to many reaches open letters only, whatever status the list shows.

/** The fields of the filter, as the address has them. Empty: not asked for. */
export interface Filter {
  user: string;
  job: string;
  job_type: string;
  reason: string;
  from: string;
  until: string;
  status: string;
}

export const FIELDS = ['user', 'job', 'job_type', 'reason', 'from', 'until', 'status'] as const;

export function filterOf(query: URLSearchParams): Filter {
  const of = (field: string) => query.get(field)?.trim() ?? '';
  return {
    user: of('user'),
    job: of('job'),
    job_type: of('job_type'),
    reason: of('reason'),
    from: of('from'),
    until: of('until'),
    // Everything that needs somebody is what one comes for.
    status: query.has('status') ? of('status') : 'open',
  };
}

/** What the list is asked for, and what the address says. */
export function queryOf(filter: Filter): Record<string, string> {
  const said: Record<string, string> = {};
  for (const field of FIELDS) if (filter[field] !== '') said[field] = filter[field];
  return said;
}

/** The address of a filter: `status` is said even if it is any, for absent means open. */
export function addressOf(filter: Filter): string {
  const query = new URLSearchParams(queryOf(filter));
  if (filter.status === 'open') query.delete('status');
  if (filter.status === '') query.set('status', '');
  return query.toString();
}

/** How many fields are set to something else than what one comes for. */
export function setIn(filter: Filter): number {
  return new URLSearchParams(addressOf(filter)).size;
}

/** The filter of a request about many. */
export function manyOf(filter: Filter): Record<string, string> {
  const { status: _, ...many } = queryOf(filter);
  return many;
}

/** What the filter says, in words: "open letters of user ann, type http, since 08:00". */
export function filterWords(filter: Filter): string {
  const parts = [
    filter.user && `of user ${filter.user}`,
    filter.job && `of job ${filter.job}`,
    filter.job_type && `of type ${filter.job_type}`,
    filter.reason && `that ended as ${filter.reason}`,
    filter.from && `that ended since ${filter.from}`,
    filter.until && `that ended before ${filter.until}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'all open letters within reach' : `open letters ${parts.join(', ')}`;
}

/** A count of a survey in words: exact, or cut short. */
export function countWords(count: number, atLeast: boolean): string {
  const number = count.toLocaleString('en');
  return `${atLeast ? 'at least ' : ''}${number} dead letter${count === 1 ? '' : 's'}`;
}

/** For how long a redrive of so many goes on, at a rate. */
export function minutesWords(count: number, rate: number): string {
  const minutes = Math.ceil(count / Math.max(1, rate));
  return minutes <= 1 ? 'within a minute' : `over about ${minutes.toLocaleString('en')} minutes`;
}
