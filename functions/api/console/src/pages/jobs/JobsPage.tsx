// Every job of one's own, or of another user for operators: found by filters that stand in the address, never fetched whole.

import { useState } from 'preact/hooks';
import { href, type Params, useQuery } from '../../app/router';
import { Page } from '../../parts/Page';
import { PagedTable } from '../../parts/PagedTable';
import { usePaged } from '../../state/paged';
import { may, session } from '../../state/session';
import { useStore } from '../../state/store';
import type { Job } from './actions';
import { BulkBar } from './BulkBar';
import { columns } from './columns';
import { JobFilters } from './JobFilters';
import { listJobs } from './search';

const idOf = (job: Job) => job.id;

export function JobsPage(_: { params: Params }) {
  const [query, change] = useQuery();
  const current = useStore(session);
  const writes = may(current, 'writers');
  const filters = {
    text: query.get('text') ?? '',
    status: query.get('status') ?? '',
    jobType: query.get('type') ?? '',
    user: query.get('user') ?? '',
  };
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const list = usePaged(JSON.stringify(filters), (cursor, signal) => listJobs(filters, cursor, signal), idOf, {
    // A search costs the API more than a list does.
    everySeconds: filters.text ? 30 : 10,
  });
  const filtered = Object.values(filters).some(Boolean);
  const shown = list.items.filter((job) => chosen.has(job.id));

  return (
    <Page
      title="Jobs"
      actions={
        writes && (
          <a class="button primary" href={href('/jobs/new')}>
            New job
          </a>
        )
      }
    >
      <JobFilters filters={filters} change={change} mayChooseUser={may(current, 'keepers')} />
      {shown.length > 0 && <BulkBar jobs={shown} changed={list.refresh} clear={() => choose(new Set())} />}
      <PagedTable
        caption="Jobs"
        one="job"
        columns={columns(list.refresh, writes)}
        list={list}
        idOf={idOf}
        selection={writes ? { chosen, choose, label: (job) => `Choose ${job.name}` } : undefined}
        empty={
          filtered ? (
            <p>No job is like that.</p>
          ) : (
            <>
              <p>You have no jobs yet.</p>
              {writes && (
                <a class="button primary" href={href('/jobs/new')}>
                  Create the first
                </a>
              )}
            </>
          )
        }
      />
    </Page>
  );
}
