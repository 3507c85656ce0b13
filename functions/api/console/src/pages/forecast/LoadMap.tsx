// The load as a map: an hour as bars, a day as hours by minutes, a month as days by hours; a month's cell opens its day,
// and a minute opens its seconds.

import type { Schemas } from '../../api/call';
import { Bars } from '../../charts/Bars';
import { Heatmap } from '../../charts/Heatmap';
import { zone } from '../../state/choices';
import { useStore } from '../../state/store';
import { count } from '../../words/count';
import { stamp, timeOfDay, type Zone } from '../../words/time';
import type { Change } from './Filters';
import { cellOf, dayOf, gridOf, instantOf, windowGrid, type TimeGrid } from './grids';
import { RowSums } from './RowSums';
import { minuteName, type View } from './view';

const HOUR = 3_600_000;

interface Props {
  forecast: Schemas['Forecast'];
  view: View;
  change: Change;
}

export function LoadMap({ forecast, view, change }: Props) {
  const clock = useStore(zone);
  const from = Date.parse(forecast.first_minute);
  const openMinute = view.minute === null ? null : Date.parse(view.minute);
  const openAt = (at: number) => change({ minute: minuteName(at) });

  if (view.window === 'hour') {
    return (
      <Bars
        label="Starts per minute of the next hour"
        stacks={[{ name: 'starts', counts: forecast.minutes }]}
        bars={forecast.minutes.length}
        phase={new Date(from).getUTCMinutes()}
        barLabel={(bar) => timeOfDay(from + bar * 60_000, clock).slice(0, 5)}
        words={(bar) => minuteWords(from + bar * 60_000, forecast.minutes[bar] ?? 0, clock)}
        onOpen={(bar) => openAt(from + bar * 60_000)}
        open={openMinute === null ? null : Math.round((openMinute - from) / 60_000)}
      />
    );
  }
  if (view.window === 'day') {
    return <MinuteMap label="Starts per minute of the next day" grid={windowGrid('day', forecast.minutes, from)} {...{ openMinute, openAt, clock }} />;
  }

  const month = windowGrid('month', forecast.minutes, from);
  const day = view.day === null ? null : dayOf(forecast.minutes, from, view.day);
  return (
    <>
      <Heatmap
        label="Starts per hour of the next 30 days"
        grid={month}
        rowLabel={(row) => dayLabel(month.start + row * 24 * HOUR)}
        columnLabel={(column) => `${String(column).padStart(2, '0')} h`}
        words={(cell) => hourWords(month, cell, clock)}
        onOpen={(cell) => change({ day: minuteName(instantOf(month, cell)), minute: undefined })}
        open={view.day === null ? null : cellOf(month, view.day)}
      />
      <RowSums grid={month} caption="Starts per day" rowName={(at) => `${dayLabel(at)} UTC`} clock={clock} />
      {day && view.day !== null && day.counts.length > 0 && (
        <div class="drill">
          <header class="panel-head">
            <h3>{new Date(view.day).toISOString().slice(0, 10)} (UTC), per minute</h3>
            <button type="button" class="small" onClick={() => change({ day: undefined })}>
              Close
            </button>
          </header>
          <MinuteMap label="Starts per minute of the day" grid={gridOf(day.counts, day.from, 1, 60)} {...{ openMinute, openAt, clock }} />
        </div>
      )}
    </>
  );
}

interface MinuteMapProps {
  label: string;
  grid: TimeGrid;
  openMinute: number | null;
  openAt: (at: number) => void;
  clock: Zone;
}

function MinuteMap({ label, grid, openMinute, openAt, clock }: MinuteMapProps) {
  return (
    <>
      <Heatmap
        label={label}
        grid={grid}
        rowLabel={(row) => timeOfDay(grid.start + row * HOUR, clock).slice(0, 5)}
        columnLabel={(column) => `:${String(column).padStart(2, '0')}`}
        words={(cell) => minuteWords(instantOf(grid, cell), grid.values[cell] ?? 0, clock)}
        onOpen={(cell) => openAt(instantOf(grid, cell))}
        open={openMinute === null ? null : cellOf(grid, openMinute)}
      />
      <RowSums grid={grid} caption="Starts per hour" rowName={(at) => `${stamp(at, clock)}`} clock={clock} />
    </>
  );
}

function minuteWords(at: number, starts: number, clock: Zone): string {
  const other: Zone = clock === 'utc' ? 'local' : 'utc';
  return `${stamp(at, clock)} (${stamp(at, other).slice(11)}): ${count(starts, 'start')}`;
}

function hourWords(grid: TimeGrid, cell: number, clock: Zone): string {
  const busiest = grid.busiest[cell];
  const peak = busiest && busiest.starts > 0 ? `, ${count(busiest.starts, 'start')} of them in the minute ${timeOfDay(busiest.at, clock).slice(0, 5)}` : '';
  return `${minuteWords(instantOf(grid, cell), grid.values[cell] ?? 0, clock)} in the hour${peak}`;
}

function dayLabel(at: number): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: '2-digit', month: 'short', timeZone: 'UTC' })
    .format(at)
    .replace(',', '')
    .slice(0, 6);
}
