// Parts of a page of which one is shown; which one stands in the address. Links, so that each can be opened beside.

import { href, usePath, useQuery } from '../app/router';

export interface Tab {
  id: string;
  name: string;
}

export function Tabs({ label, tabs, shown }: { label: string; tabs: readonly Tab[]; shown: string }) {
  const path = usePath();
  const [query] = useQuery();
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ id, name }) => {
        const next = new URLSearchParams(query);
        if (id === tabs[0]?.id) next.delete('show');
        else next.set('show', id);
        return (
          <a key={id} href={href(next.size > 0 ? `${path}?${next}` : path)} aria-current={id === shown ? 'true' : undefined}>
            {name}
          </a>
        );
      })}
    </nav>
  );
}
