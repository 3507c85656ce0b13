// A list from the API: its states (first load, nothing, failure), its rows, how many they are so far, and more on demand.

import type { ComponentChildren } from 'preact';
import type { Paged } from '../state/paged';
import { count } from '../words/count';
import { type Column, type Selection, Table } from './Table';
import { Empty, FailureNote, Loading } from './States';

interface Props<T> {
  caption: string;
  /** What one row is: `job`. */
  one: string;
  many?: string;
  columns: Column<T>[];
  list: Paged<T>;
  idOf: (row: T) => string;
  selection?: Selection<T> | undefined;
  /** Said where there are none. */
  empty: ComponentChildren;
}

export function PagedTable<T>({ caption, one, many, columns, list, idOf, selection, empty }: Props<T>) {
  if (list.loading) return <Loading what={caption} />;
  if (list.failure && list.items.length === 0) return <FailureNote failure={list.failure} retry={list.refresh} />;
  return (
    <>
      {list.failure && <FailureNote failure={list.failure} retry={list.refresh} stale />}
      {list.items.length > 0 ? (
        <Table {...{ caption, columns, idOf, selection }} rows={list.items} />
      ) : (
        <Empty>{list.more ? 'None among those that were looked at so far.' : empty}</Empty>
      )}
      <div class="table-foot">
        {(list.items.length > 0 || list.more) && (
          <span role="status">
            {count(list.items.length, one, many)}
            {list.more ? ' so far' : ''}
          </span>
        )}
        {list.more && (
          <button type="button" onClick={list.loadMore} disabled={list.loadingMore}>
            {list.loadingMore ? 'Loading…' : list.items.length > 0 ? 'Load more' : 'Look further'}
          </button>
        )}
      </div>
    </>
  );
}
