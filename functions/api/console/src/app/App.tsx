// The whole console: whoever is not signed in is asked to, in the place of the page, so that the address stays and the page
// is there once they are.

import { useEffect, useRef, useState } from 'preact/hooks';
import { session } from '../state/session';
import { useStore } from '../state/store';
import { ConfirmHost } from '../parts/Confirm';
import { Toasts } from '../parts/Toasts';
import { SignInPage } from '../pages/sign-in/SignInPage';
import { Header } from './Header';
import { KeysDialog } from './KeysDialog';
import { followKeys } from './keys';
import { NotFound } from './NotFound';
import { OfflineBanner } from './OfflineBanner';
import { usePath } from './router';
import { findRoute } from './routes';

export function App() {
  const current = useStore(session);
  const path = usePath();
  const [keysShown, showKeys] = useState(false);
  const main = useRef<HTMLElement>(null);
  useEffect(() => (current ? followKeys(() => showKeys(true)) : undefined), [current !== undefined]);
  useFocusOnNewPage(path, main);

  if (!current) return <SignInPage />;
  const route = findRoute(path);
  const Page = route?.page ?? NotFound;
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => skipTo(event, main.current)}>
        Skip to the page
      </a>
      <Header showKeys={() => showKeys(true)} />
      <OfflineBanner />
      <main id="main" tabIndex={-1} ref={main}>
        <Page key={pageKey(path)} params={route?.params ?? {}} />
      </main>
      <Toasts />
      <ConfirmHost />
      {keysShown && <KeysDialog close={() => showKeys(false)} />}
    </>
  );
}

/** Another job is another page; another section of a page is not. */
const pageKey = (path: string) => (path.startsWith('/admin') || path.startsWith('/dead-letters') ? path.split('/')[1] : path);

/** A screen reader is told of a new page by the focus, which would otherwise stay on a link that is gone. */
function useFocusOnNewPage(path: string, main: { current: HTMLElement | null }) {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    if (!main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
  }, [path]);
}

function skipTo(event: Event, main: HTMLElement | null) {
  event.preventDefault();
  main?.focus();
}
