// A graph of jobs, drawn from left to right: links, so that it can be walked through.

import { useEffect, useRef } from 'preact/hooks';
import type { Schemas } from '../../api/call';
import { href } from '../../app/router';
import { lookOf } from '../../words/tone';
import { layOut } from './graphLayout';

const WIDTH = 190;
const HEIGHT = 46;
const GAP_X = 56;
const GAP_Y = 18;

export function Graph({ graph, current }: { graph: Schemas['Graph']; current: string }) {
  const placed = layOut(graph.nodes);
  const rows = Math.max(...placed.map(({ row }) => row)) + 1;
  const columns = Math.max(...placed.map(({ column }) => column)) + 1;
  const heights = new Map<number, number>();
  for (const { column } of placed) heights.set(column, (heights.get(column) ?? 0) + 1);
  const at = new Map(
    placed.map(({ id, column, row }) => {
      const shift = ((rows - (heights.get(column) ?? rows)) * (HEIGHT + GAP_Y)) / 2;
      return [id, { x: column * (WIDTH + GAP_X) + 2, y: row * (HEIGHT + GAP_Y) + shift + 2 }];
    }),
  );
  const width = columns * (WIDTH + GAP_X) - GAP_X + 4;
  const height = rows * (HEIGHT + GAP_Y) - GAP_Y + 4;
  const box = useRef<HTMLDivElement>(null);
  const here = at.get(current);
  useEffect(() => {
    // A graph may be wider than the page: the job that one came for is brought into view.
    if (box.current && here) box.current.scrollTo(here.x + WIDTH / 2 - box.current.clientWidth / 2, here.y + HEIGHT / 2 - box.current.clientHeight / 2);
  }, [here?.x, here?.y]);
  return (
    <div ref={box} class="graph" tabIndex={0} role="region" aria-label="Graph of dependencies">
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="group" aria-label="Jobs, each to the right of those that it runs after">
        {graph.edges.map(({ from, to }) => {
          const [start, end] = [at.get(from), at.get(to)];
          return start && end ? <path key={`${from}-${to}`} class="edge" d={curve(start.x + WIDTH, start.y, end.x, end.y)} /> : null;
        })}
        {graph.nodes.map((node) => {
          const place = at.get(node.id);
          return place ? <NodeBox key={node.id} node={node} x={place.x} y={place.y} isCurrent={node.id === current} /> : null;
        })}
      </svg>
    </div>
  );
}

function curve(x1: number, y1: number, x2: number, y2: number): string {
  const middle = (x1 + x2) / 2;
  const half = HEIGHT / 2;
  return `M${x1} ${y1 + half} C${middle} ${y1 + half} ${middle} ${y2 + half} ${x2 - 6} ${y2 + half} m-5 -4 l6 4 l-6 4`;
}

const LONGEST_NAME = 24;

function NodeBox({ node, x, y, isCurrent }: { node: Schemas['GraphNode']; x: number; y: number; isCurrent: boolean }) {
  const state = node.execution?.state ?? node.status;
  const look = lookOf(state);
  const name = node.name.length > LONGEST_NAME ? `${node.name.slice(0, LONGEST_NAME - 1)}…` : node.name;
  const to = node.execution ? `/executions/${encodeURIComponent(node.execution.id)}` : `/jobs/${node.id}`;
  return (
    <a href={href(to)} aria-label={`${node.name}: ${look.word}`} class={`node tone-${look.tone}${isCurrent ? ' current' : ''}`}>
      <title>{node.name}</title>
      <rect x={x} y={y} width={WIDTH} height={HEIGHT} rx="5" />
      <text x={x + 12} y={y + 19} class="node-name">
        {name}
      </text>
      <text x={x + 12} y={y + 36} class="node-state">
        {look.mark} {look.word}
        {node.after.length > 1 && node.after_condition === 'all_finished' ? ' · however they end' : ''}
      </text>
    </a>
  );
}
