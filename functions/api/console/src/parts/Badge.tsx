// A state, by its colour, its mark and its word.

import { lookOf, type Tone } from '../words/tone';

export function Badge({ state, word }: { state: string; word?: string }) {
  const look = lookOf(state);
  return <Tag tone={look.tone} mark={look.mark} word={word ?? look.word} />;
}

export function Tag({ tone, mark, word, title }: { tone: Tone; mark: string; word: string; title?: string }) {
  return (
    <span class={`badge tone-${tone}`} title={title}>
      <span aria-hidden="true">{mark}</span> {word}
    </span>
  );
}
