// A heat map on canvas: thousands of cells, one element. What a mouse can do on it, the keyboard can:
// the arrows move a cursor, Enter opens a cell, and each cell is said in words as the cursor reaches it.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { cellAt, type Grid, type Layout, LEVELS, levelBounds, levelOf, levelWords, move } from './heat';
import { labelEvery } from './scale';
import { token, useThemeTurn } from './theme';
import { useWidth } from './useWidth';

interface Props {
  /** What it shows, for who does not see it. */
  label: string;
  grid: Grid;
  rowLabel: (row: number) => string;
  columnLabel: (column: number) => string;
  /** A cell in words: shown beside the pointer, said at the cursor. */
  words: (index: number) => string;
  onOpen: (index: number) => void;
  /** The cell that is open already. */
  open?: number | null;
}

const TOP = 20;
const LEFT = 52;

export function Heatmap({ label, grid, rowLabel, columnLabel, words, onOpen, open = null }: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [isFocused, setFocused] = useState(false);
  const themeTurn = useThemeTurn();
  // Read once a theme: asking the browser for colours at each move of the pointer would have it lay out the page each time.
  const colours = useMemo(
    () => ({
      levels: Array.from({ length: LEVELS + 1 }, (_, level) => token(`--heat-${level}`)),
      labels: token('--ink-faint'),
      open: token('--ink'),
      cursor: token('--accent'),
    }),
    [themeTurn],
  );

  const rows = Math.max(1, Math.ceil(grid.values.length / grid.columns));
  const cellWidth = Math.max(1, (width - LEFT) / grid.columns);
  const cellHeight = rows === 1 ? 44 : Math.max(13, Math.min(22, 520 / rows));
  const layout: Layout = { left: LEFT, top: TOP, cellWidth, cellHeight };
  const height = TOP + rows * cellHeight + 2;
  const bounds = levelBounds(grid.values);
  const first = Math.max(
    0,
    grid.values.findIndex((value) => value !== null),
  );

  useEffect(() => {
    const element = canvas.current;
    if (!element || width === 0) return;
    const scale = window.devicePixelRatio || 1;
    element.width = Math.round(width * scale);
    element.height = Math.round(height * scale);
    const pen = element.getContext('2d');
    if (!pen) return;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const gap = cellWidth > 5 ? 1 : 0;
    grid.values.forEach((value, index) => {
      if (value === null) return;
      pen.fillStyle = colours.levels[levelOf(value, bounds)] ?? '';
      const [x, y] = corner(index);
      pen.fillRect(x, y, cellWidth - gap, cellHeight - 1);
    });

    pen.fillStyle = colours.labels;
    pen.font = `11px ${getComputedStyle(element).fontFamily}`;
    pen.textBaseline = 'middle';
    const everyRow = labelEvery(rows, rows * cellHeight, 15);
    for (let row = 0; row < rows; row += everyRow) pen.fillText(rowLabel(row), 0, TOP + (row + 0.5) * cellHeight);
    const everyColumn = labelEvery(grid.columns, width - LEFT, 26);
    for (let column = 0; column < grid.columns; column += everyColumn) {
      pen.fillText(columnLabel(column), LEFT + column * cellWidth, TOP / 2);
    }
    if (open !== null && open < grid.values.length) outline(open, colours.open);
    if (cursor !== null) outline(cursor, colours.cursor);

    function corner(index: number): [number, number] {
      return [LEFT + (index % grid.columns) * cellWidth, TOP + Math.floor(index / grid.columns) * cellHeight];
    }
    function outline(index: number, colour: string) {
      if (!pen) return;
      const [x, y] = corner(index);
      pen.strokeStyle = colour;
      pen.lineWidth = 2;
      pen.strokeRect(x - 0.5, y - 0.5, Math.max(4, cellWidth), cellHeight);
    }
  }, [grid, width, height, cursor, open, colours]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (cursor !== null) onOpen(cursor);
      return;
    }
    const to = move(grid, cursor ?? first, event.key);
    if (to === null) return;
    event.preventDefault();
    setCursor(to);
  };
  const under = (event: MouseEvent) => cellAt(grid, layout, event.offsetX, event.offsetY);
  const said = cursor === null ? '' : words(cursor);

  return (
    <div class="heatmap" ref={box}>
      <div
        class="heatmap-cells"
        role="application"
        aria-roledescription="heat map"
        aria-label={`${label}. Arrow keys move, Enter opens.`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onFocus={() => {
          setFocused(true);
          setCursor((before) => before ?? open ?? first);
        }}
        onBlur={() => {
          setFocused(false);
          setCursor(null);
        }}
      >
        <canvas
          ref={canvas}
          style={{ width: `${width}px`, height: `${height}px` }}
          onMouseMove={(event) => setCursor(under(event))}
          onMouseLeave={() => !isFocused && setCursor(null)}
          onClick={(event) => {
            const index = under(event);
            if (index !== null) onOpen(index);
          }}
        />
      </div>
      <div class="chart-foot">
        <output class="chart-said" aria-live={isFocused ? 'polite' : 'off'}>
          {said || 'Point at a cell, or move with the arrow keys; Enter opens it.'}
        </output>
        <ul class="legend" aria-label="Colours">
          {levelWords(bounds).map(({ level, words: range }) => (
            <li key={level}>
              <span class={`swatch heat-${level}`} aria-hidden="true" />
              {range}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
