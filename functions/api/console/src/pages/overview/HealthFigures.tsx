import type { Schemas } from '../../api/call';
import { type Figure, Figures } from '../../charts/Figures';
import { Relative } from '../../parts/Time';
import { count, percent } from '../../words/count';
import { span } from '../../words/time';
import { totals } from './timeline';
import { lagWords, levelWords } from './words';

export function HealthFigures({ activity, pressure }: { activity: Schemas['Activity'] | undefined; pressure: Schemas['Pressure'] | undefined }) {
  const hour = totals(activity?.runs.minutes ?? []);
  const figures: Figure[] = [level(pressure), starts(hour), success(hour), lateness(hour), backlog(pressure), scanner(activity)];
  return <Figures figures={figures} />;
}

function level(pressure: Schemas['Pressure'] | undefined): Figure {
  if (!pressure) return { name: 'Shed level', value: '–' };
  const words = levelWords(pressure.level);
  return {
    name: 'Shed level',
    value: words.title,
    tone: words.tone,
    note: (
      <>
        {words.meaning}
        {pressure.level !== 'calm' && (
          <>
            {' '}
            It began <Relative at={pressure.since} />.
          </>
        )}
      </>
    ),
  };
}

type Hour = ReturnType<typeof totals>;

function starts(hour: Hour): Figure {
  const perSecond = hour.perSecond;
  return {
    name: 'Executions, last whole minute',
    value: perSecond === null ? '–' : `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en')} per s`,
    note: `${count(hour.started, 'start')} in the last hour`,
  };
}

function success(hour: Hour): Figure {
  return {
    name: 'Success, last hour',
    value: hour.successRate === null ? '–' : percent(hour.successRate),
    tone: hour.successRate !== null && hour.successRate < 0.95 ? 'bad' : undefined,
    note: `${hour.bad.toLocaleString('en')} failed or dead, ${hour.skipped.toLocaleString('en')} skipped`,
  };
}

function lateness(hour: Hour): Figure {
  return {
    name: 'Lateness, last hour',
    value: hour.usualP50 === null ? '–' : span(hour.usualP50),
    note: hour.worstP99 === null ? 'p50 of the middle minute' : `p50 of the middle minute; p99 of the worst: ${span(hour.worstP99)}`,
  };
}

function backlog(pressure: Schemas['Pressure'] | undefined): Figure {
  if (!pressure) return { name: 'Ready, not started', value: '–' };
  const bands = [pressure.high, pressure.normal, pressure.low];
  const ready = bands.reduce((sum, band) => sum + band.ready, 0);
  const deferred = bands.reduce((sum, band) => sum + band.deferred, 0);
  const more = bands.some((band) => band.deferred_is_more);
  return {
    name: 'Ready, not started',
    value: ready.toLocaleString('en'),
    note: `${more ? 'more than ' : ''}${deferred.toLocaleString('en')} deferred until there is capacity`,
  };
}

function scanner(activity: Schemas['Activity'] | undefined): Figure {
  const lag = activity?.ticks.lag_ms ?? null;
  return {
    name: 'Scanner',
    value: lag === null ? '–' : lagWords(lag),
    tone: lag !== null && lag > 60_000 ? 'bad' : undefined,
    note: activity?.ticks.last_seen ? (
      <>
        last tick <Relative at={activity.ticks.last_seen} />
      </>
    ) : (
      'no tick seen'
    ),
  };
}
