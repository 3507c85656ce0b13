// What was typed and not saved when one's token was refused. It is kept in this tab only, by the path of its form, and for
// nobody but who typed it; once it is back in its form, it is kept as long as it is neither saved nor given up.

import { read, sessionStorageOrNone, write } from './kept';

interface Kept {
  user: string;
  content: unknown;
}

type Drafts = Record<string, Kept>;

const NAME = 'drafts';

/** What `user` had typed at `path`. Its shape is that of whatever was kept there. */
export function keptDraft<T>(path: string, user: string): T | undefined {
  const kept = drafts()[path];
  return kept?.user === user ? (kept.content as T) : undefined;
}

export function keepDraft(path: string, user: string, content: unknown): void {
  save({ ...drafts(), [path]: { user, content } });
}

export function dropDraft(path: string): void {
  const { [path]: _, ...others } = drafts();
  save(others);
}

/** Leaves those of `user`; none, if nobody is named. */
export function dropDraftsOfOthers(user?: string): void {
  save(Object.fromEntries(Object.entries(drafts()).filter(([, kept]) => kept.user === user)));
}

function drafts(): Drafts {
  const text = read(sessionStorageOrNone(), NAME);
  if (text === null) return {};
  try {
    return JSON.parse(text) as Drafts;
  } catch {
    // Somebody else's: it must not bar the way in.
    return {};
  }
}

function save(kept: Drafts): void {
  write(sessionStorageOrNone(), NAME, Object.keys(kept).length > 0 ? JSON.stringify(kept) : null);
}
