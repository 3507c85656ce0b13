// Canvases do not follow CSS by themselves: they read the custom properties, and draw again when the theme changes.

import { useEffect, useState } from 'preact/hooks';

/** The colour that a custom property of the page's theme comes to, whatever functions it is written with. */
export function token(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/** A number that changes whenever the theme does: a dependency for whatever draws. */
export function useThemeTurn(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const next = () => setTurn((before) => before + 1);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', next);
    const chosen = new MutationObserver(next);
    chosen.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      scheme.removeEventListener('change', next);
      chosen.disconnect();
    };
  }, []);
  return turn;
}
