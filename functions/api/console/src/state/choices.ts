// What one has chosen about how the console looks.

import { keptChoice } from './kept';

export const theme = keptChoice('theme', ['auto', 'light', 'dark'], 'auto');

/** Which clock is the large one; the other is always beside it or in the title. */
export const zone = keptChoice('zone', ['utc', 'local'], 'local');

/** Puts the theme on the document, now and whenever it is changed. */
export function applyTheme(): void {
  const apply = (value: string) => {
    if (value === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = value;
  };
  apply(theme.get());
  theme.follow(apply);
}
