// Every page, by its path. The first that matches is drawn.

import type { ComponentType } from 'preact';
import { AdminPage } from '../pages/admin/AdminPage';
import { DeadLettersPage } from '../pages/dead-letters/DeadLettersPage';
import { ExecutionPage } from '../pages/execution/ExecutionPage';
import { ForecastPage } from '../pages/forecast/ForecastPage';
import { JobPage } from '../pages/job/JobPage';
import { EditJobPage } from '../pages/job-form/EditJobPage';
import { NewJobPage } from '../pages/job-form/NewJobPage';
import { JobsPage } from '../pages/jobs/JobsPage';
import { OverviewPage } from '../pages/overview/OverviewPage';
import { match, type Params } from './router';

interface Route {
  pattern: string;
  page: ComponentType<{ params: Params }>;
}

const ROUTES: Route[] = [
  { pattern: '/', page: OverviewPage },
  { pattern: '/jobs', page: JobsPage },
  { pattern: '/jobs/new', page: NewJobPage },
  { pattern: '/jobs/:id', page: JobPage },
  { pattern: '/jobs/:id/edit', page: EditJobPage },
  { pattern: '/executions/:id', page: ExecutionPage },
  { pattern: '/forecast', page: ForecastPage },
  { pattern: '/dead-letters', page: DeadLettersPage },
  { pattern: '/dead-letters/:id', page: DeadLettersPage },
  { pattern: '/admin', page: AdminPage },
  { pattern: '/admin/:section', page: AdminPage },
];

export function findRoute(path: string): { page: ComponentType<{ params: Params }>; params: Params } | undefined {
  for (const { pattern, page } of ROUTES) {
    const params = match(pattern, path);
    if (params) return { page, params };
  }
  return undefined;
}
