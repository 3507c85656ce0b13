// What is typed into a form, which outlives that one's token is refused: it is back once the same person has signed in again.

import { useEffect, useRef, useState } from 'preact/hooks';
import { dropDraft, keepDraft, keptDraft } from '../../state/drafts';
import { session, signedOut } from '../../state/session';
import type { Draft } from './draft';

/** A draft with what it was begun from: it is saved over that, and over nothing that came later. */
interface Typed<B> {
  base: B;
  draft: Draft;
}

interface Drafted<B> extends Typed<B> {
  /** What the form showed before anything was typed. */
  saved: Draft;
  change: (draft: Draft) => void;
  begin: (typed: Typed<B>) => void;
  /** It was typed before the token was refused: how to give it up. */
  giveUp: (() => void) | undefined;
}

export function useDraft<B>(path: string, base: B, draftOf: (base: B) => Draft): Drafted<B> {
  const [user] = useState(() => session.get()?.user ?? '');
  const [first] = useState(() => ({ base, draft: draftOf(base) }));
  const [kept] = useState(() => keptDraft<Typed<B>>(path, user));
  const [isBack, setBack] = useState(kept !== undefined);
  // An earlier console may have kept it, whose form had fewer fields.
  const [typed, begin] = useState<Typed<B>>(kept ? { ...kept, draft: { ...first.draft, ...kept.draft } } : first);
  const saved = draftOf(typed.base);
  const latest = useRef({ typed, isUnsaved: false });
  latest.current = { typed, isUnsaved: JSON.stringify(typed.draft) !== JSON.stringify(saved) };

  useEffect(() => {
    const stop = session.follow((next) => {
      if (!next && signedOut.get() === 'refused' && latest.current.isUnsaved) keepDraft(path, user, latest.current.typed);
    });
    return () => {
      stop();
      // Whoever leaves the form for another page has saved it, or was asked.
      if (session.get()) dropDraft(path);
    };
  }, [path, user]);
  useEffect(() => {
    if (isBack) keepDraft(path, user, typed);
  }, [isBack, typed]);

  function giveUp() {
    dropDraft(path);
    setBack(false);
    begin(first);
  }
  return { ...typed, saved, begin, change: (draft) => begin({ ...typed, draft }), giveUp: isBack ? giveUp : undefined };
}
