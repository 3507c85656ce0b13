// Where a text stops being JSON, by line and column. Browsers say it differently: as an offset, or as a line and a column,
// or, where the text only ends too early, not at all.

export interface JsonFault {
  line: number;
  column: number;
  message: string;
}

/** Undefined if `text` is JSON. */
export function jsonFault(text: string): JsonFault | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const at = position(error instanceof Error ? error.message : '', text);
    const before = text.slice(0, at).split('\n');
    const found = at >= text.length ? 'the text ends too early' : `unexpected ${JSON.stringify(text[at])}`;
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message: found };
  }
}

function position(message: string, text: string): number {
  const offset = /position (\d+)/.exec(message);
  if (offset?.[1]) return Number(offset[1]);
  const place = /line (\d+) column (\d+)/.exec(message);
  if (place?.[1] && place[2]) {
    const lines = text.split('\n').slice(0, Number(place[1]) - 1);
    return lines.reduce((sum, line) => sum + line.length + 1, 0) + Number(place[2]) - 1;
  }
  // "Unexpected end of JSON input", and whatever names no place.
  return text.length;
}
