// A timeline's cells as a list to choose from: one stop for the keyboard, arrows within it.

import { useEffect, useId, useRef } from 'preact/hooks';
import { zone as chosenZone } from '../../state/choices';
import { useStore } from '../../state/store';
import { span, stamp } from '../../words/time';
import { type Cell, cellWords } from './cells';

interface Props {
  cells: Cell[];
  picked: string | undefined;
  pick: (id: string) => void;
}

export function Strip({ cells, picked, pick }: Props) {
  const zone = useStore(chosenZone);
  const base = useId();
  const list = useRef<HTMLDivElement>(null);
  const at = cells.findIndex(({ id }) => id === picked);
  const firstAhead = cells.findIndex(({ ahead }) => ahead);
  const latest = Math.max(0, ...cells.map(({ latenessMs }) => latenessMs ?? 0));

  useEffect(() => {
    // What is newest matters most, and may lie beyond the edge of a narrow page.
    const now = firstAhead < 0 ? cells.length - 1 : firstAhead;
    const cell = list.current?.children[Math.min(now + 4, cells.length - 1)];
    if (list.current && cell instanceof HTMLElement) list.current.scrollLeft = cell.offsetLeft - list.current.clientWidth;
  }, [cells.length > 0]);

  function move(event: KeyboardEvent) {
    const last = cells.length - 1;
    const from = at < 0 ? (firstAhead < 0 ? last + 1 : firstAhead) : at;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const cell = cells[Math.max(0, Math.min(last, to))];
    if (!cell) return;
    pick(cell.id);
    list.current?.children[cells.indexOf(cell)]?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  return (
    <>
      <div
        ref={list}
        class="strip"
        role="listbox"
        tabIndex={0}
        aria-label="Occurrences; arrows go from one to the next"
        aria-orientation="horizontal"
        aria-activedescendant={at < 0 ? undefined : `${base}-${at}`}
        onKeyDown={move}
      >
        {cells.map((cell, index) => {
          const words = cellWords(cell, stamp(cell.at, zone));
          return (
            <div
              key={cell.id}
              id={`${base}-${index}`}
              class={`cell${cell.ahead ? ' ahead' : ''}${index === firstAhead ? ' first-ahead' : ''}`}
              role="option"
              aria-selected={cell.id === picked}
              aria-label={words}
              title={words}
              onClick={() => pick(cell.id)}
            >
              <span class="bar" aria-hidden="true">
                <span class="bar-fill" style={{ height: `${Math.round(cell.height * 100)}%` }} />
              </span>
              <span class={`cell-mark tone-${cell.tone}`} aria-hidden="true">
                {cell.mark}
              </span>
            </div>
          );
        })}
      </div>
      <p class="strip-scale hint">
        <span>{cells[0] ? stamp(cells[0].at, zone) : ''}</span>
        <span>{latest > 0 && `highest bar: ${span(latest)} late`}</span>
        <span>{firstAhead >= 0 ? 'dashed: ahead' : ''}</span>
      </p>
    </>
  );
}
