// What is going to start, before it does: a map of the load, its peaks by name, the seconds of a minute, and what another
// spread, limit or shard count would make of it.

import { useRef } from 'preact/hooks';
import { type Params, useQuery } from '../../app/router';
import { Page, Section } from '../../parts/Page';
import { FailureNote, Loading } from '../../parts/States';
import { PeaksZone } from '../../parts/PeakWords';
import { Relative } from '../../parts/Time';
import { count } from '../../words/count';
import { useForecast } from './data';
import { Filters } from './Filters';
import { Groups } from './Groups';
import { LoadMap } from './LoadMap';
import { MinuteSeconds } from './MinuteSeconds';
import { Peaks } from './Peaks';
import { trustWords } from './trust';
import { viewOf } from './view';
import { WhatIfPanel } from './WhatIfPanel';

export function ForecastPage(_: { params: Params }) {
  const [query, change] = useQuery();
  const view = viewOf(query);
  const forecast = useForecast(view.window, view.selection);
  const whatIf = useRef<HTMLDivElement>(null);
  const { data } = forecast;

  const askWhatIf = () => {
    whatIf.current?.scrollIntoView({ block: 'start' });
    whatIf.current?.querySelector<HTMLElement>('input')?.focus({ preventScroll: true });
  };

  return (
    <Page
      title="Forecast"
      aside={
        data && (
          <span class="soft">
            {data.sample !== null && 'about '}
            {count(data.total, 'start')} of {count(data.jobs, 'job')}, read <Relative at={data.agenda.taken_at} />
          </span>
        )
      }
    >
      <Filters view={view} change={change} forecast={data} />
      {forecast.failure && <FailureNote failure={forecast.failure} retry={forecast.refresh} stale={data !== undefined} />}
      {forecast.loading && <Loading what="the forecast" />}
      {data && (
        <>
          <Section title={TITLES[view.window]} aside={view.window === 'month' && <span class="soft">days and hours of UTC</span>}>
            <LoadMap forecast={data} view={view} change={change} />
            <ul class="trust">
              {trustWords(data).map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </Section>
          {view.minute && <MinuteSeconds key={view.minute} minute={view.minute} view={view} close={() => change({ minute: undefined })} />}
          <div class="columns">
            <Section title="Peaks" aside={<PeaksZone peaks={data.peaks} />}>
              <Peaks peaks={data.peaks} ofDays={view.window === 'month'} open={(minute) => change({ minute })} askWhatIf={askWhatIf} />
            </Section>
            <Section title={GROUPED[view.by]}>
              <Groups forecast={data} by={view.by} change={change} />
            </Section>
          </div>
        </>
      )}
      <div ref={whatIf}>
        <WhatIfPanel view={view} />
      </div>
    </Page>
  );
}

const TITLES = {
  hour: 'Starts per minute, the next hour',
  day: 'Starts per minute, the next day',
  month: 'Starts per hour, the next 30 days',
};

const GROUPED = { job_types: 'By job type', users: 'By user', targets: 'By target host' };
