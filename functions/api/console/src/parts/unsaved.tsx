// What is typed and not saved is not lost unasked: neither by a link or a key, nor by the browser's own way back, nor with
// the tab.

import { useEffect } from 'preact/hooks';
import { holdBack } from '../app/router';
import { confirm } from './Confirm';

export function useUnsaved(unsaved: boolean): void {
  useEffect(() => {
    if (!unsaved) return undefined;
    const free = holdBack((leave) =>
      confirm({
        title: 'Leave without saving?',
        body: <p>What you changed in this form is not saved. It is lost if you leave.</p>,
        verb: 'Leave and lose it',
        danger: true,
        run: async () => leave(),
      }),
    );
    // The browser asks in its own words.
    const unload = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', unload);
    return () => {
      free();
      removeEventListener('beforeunload', unload);
    };
  }, [unsaved]);
}
