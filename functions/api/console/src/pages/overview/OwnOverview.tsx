// One's own jobs, for those who do not keep the service: what comes, what needs somebody, and what is spared.

import { get } from '../../api/call';
import { href } from '../../app/router';
import { Figures } from '../../charts/Figures';
import { Page, Section } from '../../parts/Page';
import { PeaksZone } from '../../parts/PeakWords';
import { FailureNote, Loading } from '../../parts/States';
import { usePolling } from '../../state/polling';
import { count } from '../../words/count';
import { useNextHour, useOpenLetters } from './data';
import { HourChart } from './HourChart';
import { NewestLetters } from './NewestLetters';
import { PeaksAhead } from './PeaksAhead';
import { Spared } from './Spared';

/** How many of a state are counted: who has more is told so. */
const COUNTED = 100;
const STATES = ['active', 'paused', 'completed'] as const;

export function OwnOverview() {
  const ahead = useNextHour();
  const letters = useOpenLetters();
  const jobs = usePolling(
    'own-jobs',
    (signal) => Promise.all(STATES.map((status) => get('/v1/jobs', { query: { status, limit: COUNTED }, signal }))),
    { everySeconds: 60 },
  );
  return (
    <Page title="Overview" actions={<a class="button" href={href('/jobs')}>Jobs</a>}>
      {jobs.failure && <FailureNote failure={jobs.failure} retry={jobs.refresh} stale={jobs.data !== undefined} />}
      <Figures
        figures={[
          ...STATES.map((status, index) => ({
            name: `Jobs ${status}`,
            value: <a href={href(`/jobs?status=${status}`)}>{counted(jobs.data?.[index])}</a>,
          })),
          {
            name: 'Open dead letters',
            value: letters.data ? openCount(letters.data) : '–',
            note: letters.data?.items.length === 0 && !letters.data.next_cursor ? 'nothing waits for you' : <a href={href('/dead-letters')}>look into them</a>,
          },
        ]}
      />
      <Section title="Planned starts per minute, the hour ahead" aside={<a href={href('/forecast')}>Forecast</a>}>
        {ahead.failure && <FailureNote failure={ahead.failure} retry={ahead.refresh} stale={ahead.data !== undefined} />}
        {ahead.data ? <HourChart ahead={ahead.data} /> : ahead.loading && <Loading what="the next hour" />}
      </Section>
      <div class="columns">
        <Section title="Peaks ahead" aside={ahead.data && <PeaksZone peaks={ahead.data.peaks} />}>
          {ahead.data && <PeaksAhead peaks={ahead.data.peaks} />}
        </Section>
        <Section title="Open dead letters, the newest">
          <NewestLetters letters={letters} />
        </Section>
        <Section title="Hosts that your jobs spare">
          <Spared />
        </Section>
      </div>
    </Page>
  );
}

function counted(page: { items: unknown[]; next_cursor?: string | null } | undefined) {
  if (!page) return '–';
  return page.next_cursor ? `more than ${page.items.length}` : count(page.items.length, 'job');
}

function openCount({ items, next_cursor }: { items: unknown[]; next_cursor: string | null }) {
  if (!next_cursor) return String(items.length);
  return items.length === 0 ? 'none of late' : `${items.length}+`;
}
