// Rows of things. A real table, in a box that scrolls by itself; on a phone each row becomes a card, whose cells are named
// by their columns. A card is no table row to a browser any more, hence the roles, which say so still.

import type { ComponentChildren } from 'preact';

export interface Column<T> {
  head: string;
  cell: (row: T) => ComponentChildren;
  /** Numbers stand at the right. */
  numeric?: boolean;
  /** Names the row; on a phone, the card's first line. */
  title?: boolean;
  /** Left out on a phone. */
  wideOnly?: boolean;
  /** Left out where it is empty in every row. */
  sparse?: boolean;
  /** The head is read aloud, but not shown. */
  quiet?: boolean;
}

export interface Selection<T> {
  chosen: ReadonlySet<string>;
  choose: (ids: ReadonlySet<string>) => void;
  /** Says what a row's box chooses. */
  label: (row: T) => string;
}

interface Props<T> {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  idOf: (row: T) => string;
  selection?: Selection<T> | undefined;
}

export function Table<T>({ caption, columns: wanted, rows, idOf, selection }: Props<T>) {
  const columns = wanted.filter((column) => !column.sparse || rows.some((row) => column.cell(row)));
  const all = selection !== undefined && rows.length > 0 && rows.every((row) => selection.chosen.has(idOf(row)));
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={caption}>
      <table role="table">
        <caption class="unseen">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {selection && (
              <th role="columnheader" scope="col" class="choice">
                <input
                  type="checkbox"
                  aria-label="Choose all that are shown"
                  checked={all}
                  onChange={() => selection.choose(all ? new Set() : new Set(rows.map(idOf)))}
                />
              </th>
            )}
            {columns.map((column) => (
              <th key={column.head} role="columnheader" scope="col" class={classes(column)}>
                {column.quiet ? <span class="unseen">{column.head}</span> : column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <Row key={idOf(row)} {...{ columns, row, selection }} id={idOf(row)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row<T>({ columns, row, id, selection }: { columns: Column<T>[]; row: T; id: string; selection: Selection<T> | undefined }) {
  const chosen = selection?.chosen.has(id) ?? false;
  return (
    <tr role="row" class={chosen ? 'chosen' : undefined}>
      {selection && (
        <td role="cell" class="choice">
          <input type="checkbox" aria-label={selection.label(row)} checked={chosen} onChange={() => selection.choose(toggled(selection.chosen, id))} />
        </td>
      )}
      {columns.map((column) =>
        column.title ? (
          <th key={column.head} role="rowheader" scope="row" class={classes(column)}>
            {column.cell(row)}
          </th>
        ) : (
          <td key={column.head} role="cell" class={classes(column)} data-head={column.quiet ? undefined : column.head}>
            {column.cell(row)}
          </td>
        ),
      )}
    </tr>
  );
}

export function toggled(chosen: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
}

function classes<T>(column: Column<T>): string | undefined {
  const names = [column.numeric && 'numeric', column.title && 'row-title', column.wideOnly && 'wide-only'].filter(Boolean);
  return names.length > 0 ? names.join(' ') : undefined;
}
