// What stands above every page: where one can go, how times and colours are shown, and who one is.

import { theme, zone } from '../state/choices';
import { may, session, signOut } from '../state/session';
import { useStore } from '../state/store';
import { zoneLabel } from '../words/time';
import { isAt, PLACES } from './navigation';
import { href, usePath } from './router';

const NEXT_THEME = { auto: 'light', light: 'dark', dark: 'auto' } as const;
const THEME_MARK = { auto: '◐', light: '☀', dark: '☾' } as const;

export function Header({ showKeys }: { showKeys: () => void }) {
  const path = usePath();
  const current = useStore(session);
  return (
    <header class="top">
      <a class="brand" href={href('/')}>
        <Mark /> Punctual
      </a>
      <nav aria-label="Pages">
        {PLACES.filter((place) => may(current, place.who)).map((place) => (
          <a key={place.to} href={href(place.to)} aria-current={isAt(place, path) ? 'page' : undefined}>
            {place.name}
          </a>
        ))}
      </nav>
      <div class="top-tools">
        <ZoneSwitch />
        <ThemeSwitch />
        <button type="button" class="bare wide-only" aria-label="Show the keys" title="Keys (?)" onClick={showKeys}>
          ?
        </button>
        <span class="who" title={current?.expiresAt ? `until ${new Date(current.expiresAt).toISOString()}` : undefined}>
          {current?.user} <span class="faint">{current?.role ?? 'role unknown'}</span>
        </span>
        <button type="button" class="bare" onClick={() => signOut('by-choice')}>
          Sign out
        </button>
      </div>
    </header>
  );
}

function ZoneSwitch() {
  const chosen = useStore(zone);
  const next = chosen === 'utc' ? 'local' : 'utc';
  const name = zoneLabel(Date.now(), chosen);
  return (
    <button type="button" class="bare" title="Show times in UTC or in your own zone" aria-label={`Times in ${name}; switch`} onClick={() => zone.set(next)}>
      {name}
    </button>
  );
}

function ThemeSwitch() {
  const chosen = useStore(theme);
  return (
    <button type="button" class="bare" title={`Colours: ${chosen}`} aria-label={`Colours: ${chosen}; switch`} onClick={() => theme.set(NEXT_THEME[chosen])}>
      {THEME_MARK[chosen]}
    </button>
  );
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
      <circle cx="16" cy="16" r="13" />
      <path d="M16 8v8h7" />
    </svg>
  );
}
