// The whole service, for those who keep it running: how it fares, what comes, and what is in the way.

import { href } from '../../app/router';
import { Page, Section } from '../../parts/Page';
import { PeaksZone } from '../../parts/PeakWords';
import { FailureNote, Loading } from '../../parts/States';
import { Relative } from '../../parts/Time';
import { Bands } from './Bands';
import { useActivity, useNextHour, useOpenLetters, usePressure } from './data';
import { HealthFigures } from './HealthFigures';
import { HourChart } from './HourChart';
import { LatenessChart } from './LatenessChart';
import { NewestLetters } from './NewestLetters';
import { PeaksAhead } from './PeaksAhead';
import { Spared } from './Spared';
import { Ticks } from './Ticks';

export function ServiceOverview() {
  const activity = useActivity();
  const pressure = usePressure();
  const ahead = useNextHour();
  const letters = useOpenLetters();
  const runs = activity.data?.runs;

  return (
    <Page
      title="Overview"
      aside={
        runs?.read_at && (
          <span class="soft">
            as of <Relative at={runs.read_at} />
            {runs.source === 'memory' && ', since this process began'}
          </span>
        )
      }
    >
      {activity.failure && <FailureNote failure={activity.failure} retry={activity.refresh} stale={activity.data !== undefined} />}
      {runs?.problem && (
        <p class="note tone-warn" role="status">
          {runs.problem} What the tables say is shown all the same.
        </p>
      )}
      {activity.loading ? <Loading what="the service's activity" /> : <HealthFigures activity={activity.data} pressure={pressure.data} />}

      <Section title="Starts per minute, the hour behind and the hour ahead" aside={<a href={href('/forecast')}>Forecast</a>}>
        <HourChart past={runs?.minutes} ahead={ahead.data} />
        {ahead.failure && <FailureNote failure={ahead.failure} retry={ahead.refresh} stale={ahead.data !== undefined} />}
      </Section>

      <div class="columns">
        <Section title="Peaks ahead" aside={ahead.data && <PeaksZone peaks={ahead.data.peaks} />}>
          {ahead.data ? <PeaksAhead peaks={ahead.data.peaks} /> : ahead.loading ? <Loading what="the next hour" /> : <p class="soft">The forecast cannot be read.</p>}
        </Section>
        <Section title="Lateness per minute">
          {runs ? <LatenessChart past={runs.minutes} /> : !activity.loading && <p class="soft">Not known.</p>}
        </Section>
        <Section title="Bands and their breakers" aside={<a href={href('/admin/pressure')}>Pressure</a>}>
          {pressure.failure && <FailureNote failure={pressure.failure} retry={pressure.refresh} stale={pressure.data !== undefined} />}
          {pressure.data && <Bands pressure={pressure.data} />}
        </Section>
        <Section title="Open dead letters, the newest" aside={<a href={href('/dead-letters')}>All</a>}>
          <NewestLetters letters={letters} />
        </Section>
        <Section title="Ticks">
          {activity.data ? <Ticks ticks={activity.data.ticks} /> : !activity.loading && <p class="soft">Not known.</p>}
        </Section>
        <Section title="Hosts that your jobs spare">
          <Spared />
        </Section>
      </div>
    </Page>
  );
}
