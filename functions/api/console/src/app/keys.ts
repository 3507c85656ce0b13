// What single keys do. None of them acts while one types, and none changes anything but where one is.

import { go } from './router';
import { PLACES } from './navigation';

/** How long the second key may take after `g`. */
const SEQUENCE_MS = 1_500;

export const KEYS: ReadonlyArray<readonly [string, string]> = [
  ['/', 'Go to the filter of the list'],
  ...PLACES.map((place) => [`g ${place.key}`, place.name] as const),
  ['c', 'Create a job'],
  ['?', 'Show these keys'],
  ['Esc', 'Close a dialog'],
];

export function followKeys(showKeys: () => void): () => void {
  let since = 0;
  const listener = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]')) return;
    if (event.timeStamp - since < SEQUENCE_MS) {
      since = 0;
      const place = PLACES.find(({ key }) => key === event.key);
      if (place) {
        event.preventDefault();
        return go(place.to);
      }
    }
    if (event.key === 'g') since = event.timeStamp;
    else if (event.key === 'c') go('/jobs/new');
    else if (event.key === '?') showKeys();
    else if (event.key === '/') {
      const filter = document.querySelector<HTMLElement>('[data-filter]');
      if (!filter) return;
      event.preventDefault();
      filter.closest('details')?.setAttribute('open', '');
      filter.focus();
    }
  };
  document.addEventListener('keydown', listener);
  return () => document.removeEventListener('keydown', listener);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
