// Choices that outlive a visit. A browser that refuses to keep them (private windows may) costs the memory, not the console.

import { createStore, type Store } from './store';

/** A store whose value, one of `choices`, is kept in the browser under `name`. */
export function keptChoice<T extends string>(name: string, choices: readonly T[], fallback: T): Store<T> {
  const kept = read(localStorageOrNone(), name);
  const store = createStore<T>(choices.find((choice) => choice === kept) ?? fallback);
  store.follow((value) => write(localStorageOrNone(), name, value));
  return store;
}

export function localStorageOrNone(): Storage | undefined {
  return storage(() => window.localStorage);
}

export function sessionStorageOrNone(): Storage | undefined {
  return storage(() => window.sessionStorage);
}

export function read(from: Storage | undefined, name: string): string | null {
  return from?.getItem(`punctual.${name}`) ?? null;
}

export function write(to: Storage | undefined, name: string, value: string | null): void {
  try {
    if (value === null) to?.removeItem(`punctual.${name}`);
    else to?.setItem(`punctual.${name}`, value);
  } catch {
    // Full, or forbidden: the choice holds for this visit.
  }
}

function storage(get: () => Storage): Storage | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}
