// Lines and bars over time by uPlot, in the colours of the theme. The chart itself is a picture: `summary` says in words
// what it shows, and whoever uses it keeps the figures in a table or in text beside it.

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { short } from './scale';
import { token, useThemeTurn } from './theme';
import { useWidth } from './useWidth';

export interface Series {
  label: string;
  /** The custom property of its colour. */
  colour: string;
  values: readonly (number | null)[];
  as: 'line' | 'bars';
}

/** What an axis reaches at least: below it, steps would be parts of one. */
const LEAST_TOP = 5;

interface Props {
  summary: string;
  /** Unix seconds, rising. */
  times: readonly number[];
  series: readonly Series[];
  height?: number;
  /** Where a line stands for this instant, in unix seconds. */
  now?: number;
  isUtc: boolean;
  format?: (value: number) => string;
}

export function TimeChart({ summary, times, series, height = 220, now, isUtc, format = short }: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const chart = useRef<uPlot | null>(null);
  const themeTurn = useThemeTurn();
  // What needs a new chart; everything else is new data for the old one, which keeps the pointer where it is.
  const shape = series.map((one) => `${one.label}/${one.as}/${one.colour}`).join() + isUtc + themeTurn + height;
  const nowLine = useRef(now);
  nowLine.current = now;

  useEffect(() => {
    if (!box.current || width === 0) return undefined;
    const made = new uPlot(options(series, width, height, isUtc, format, nowLine), data(times, series), box.current);
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
    // The data of the first drawing are those of this rendering; later ones come by the effect below.
  }, [shape, width]);

  useEffect(() => chart.current?.setData(data(times, series)), [times, series, now]);

  return <div class="time-chart" role="img" aria-label={summary} ref={box} />;
}

function data(times: readonly number[], series: readonly Series[]): uPlot.AlignedData {
  return [times as number[], ...series.map((one) => one.values as (number | null)[])];
}

function options(
  series: readonly Series[],
  width: number,
  height: number,
  isUtc: boolean,
  format: (value: number) => string,
  now: { current: number | undefined },
): uPlot.Options {
  const axis = { stroke: token('--ink-faint'), grid: { stroke: token('--line'), width: 1 }, ticks: { show: false } };
  const pattern = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(isUtc ? { timeZone: 'UTC' } : {}),
  });
  return {
    width,
    height,
    cursor: { y: false, points: { size: 6 } },
    legend: { show: series.length > 1 || series[0]?.as === 'line', live: true },
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(LEAST_TOP, max * 1.08)] } },
    axes: [
      { ...axis, space: 60, size: 28, values: (_, at) => at.map((second) => pattern.format(second * 1000)) },
      { ...axis, size: 52, incrs: WHOLE_STEPS, values: (_, at) => at.map(format) },
    ],
    series: [
      { label: isUtc ? 'UTC' : 'local', value: (_, at) => (at === null ? '–' : pattern.format(at * 1000)) },
      ...series.map((one) => ({
        label: one.label,
        stroke: token(one.colour),
        width: one.as === 'line' ? 1.75 : 0,
        ...(one.as === 'bars' ? { fill: token(one.colour), paths: uPlot.paths.bars?.({ size: [0.9, 40] }) ?? null } : {}),
        points: { show: false },
        value: (_: uPlot, at: number | null) => (at === null ? '–' : format(at)),
      })),
    ] as uPlot.Series[],
    hooks: { draw: [(plot) => drawNow(plot, now.current)] },
  };
}

/** Counts and milliseconds have no halves. */
const WHOLE_STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));

function drawNow(plot: uPlot, now: number | undefined): void {
  if (now === undefined) return;
  const x = Math.round(plot.valToPos(now, 'x', true));
  const { ctx: pen, bbox } = plot;
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  pen.save();
  pen.strokeStyle = token('--ink');
  pen.lineWidth = window.devicePixelRatio || 1;
  pen.beginPath();
  pen.moveTo(x, bbox.top);
  pen.lineTo(x, bbox.top + bbox.height);
  pen.stroke();
  pen.fillStyle = token('--ink');
  pen.font = `${11 * (window.devicePixelRatio || 1)}px sans-serif`;
  pen.textAlign = 'left';
  pen.fillText('now', x + 4 * (window.devicePixelRatio || 1), bbox.top + 11 * (window.devicePixelRatio || 1));
  pen.restore();
}
