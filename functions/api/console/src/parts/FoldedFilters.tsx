// Filters that on a phone would fill the first screen: folded there, unless one of them is set. Elsewhere they are just shown.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** The width up to which the style sheets take a screen for a phone's. */
const PHONE = '(max-width: 700px)';

export function FoldedFilters({ set, children }: { set: number; children: ComponentChildren }) {
  const isPhone = useMedia(PHONE);
  const [isOpen, open] = useState(set > 0);
  useEffect(() => {
    if (set > 0) open(true);
  }, [set > 0]);
  return (
    <details class="folded-filters" open={!isPhone || isOpen} onToggle={({ currentTarget }) => isPhone && open(currentTarget.open)}>
      <summary>
        Filters{set > 0 && <span class="soft">, {set} set</span>}
      </summary>
      {children}
    </details>
  );
}

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const told = () => setMatches(media.matches);
    told();
    media.addEventListener('change', told);
    return () => media.removeEventListener('change', told);
  }, [query]);
  return matches;
}
