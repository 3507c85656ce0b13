// Where the jobs of a graph stand: in columns, each behind those that it runs after, and within a column near what it hangs
// on, so that few lines cross. Pure; a graph with a cycle (the API refuses those) is laid out all the same.

export interface Placed {
  id: string;
  column: number;
  row: number;
}

interface Node {
  id: string;
  after: readonly string[];
}

const SWEEPS = 4;

export function layOut(nodes: readonly Node[]): Placed[] {
  const columns = columnsOf(nodes);
  const lists: string[][] = [];
  for (const { id } of nodes) (lists[columns.get(id) ?? 0] ??= []).push(id);
  const after = new Map(nodes.map((node) => [node.id, node.after]));
  const before = followers(nodes);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const neighbours = sweep % 2 === 0 ? after : before;
    const order = sweep % 2 === 0 ? lists : [...lists].reverse();
    for (const list of order) sortByNeighbours(list, neighbours, positions(lists));
  }
  return lists.flatMap((list, column) => list.map((id, row) => ({ id, column, row })));
}

/** The longest way to each from one that runs after nothing that is shown. */
function columnsOf(nodes: readonly Node[]): Map<string, number> {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const columns = new Map<string, number>();
  const visiting = new Set<string>();
  const columnOf = (id: string): number => {
    const found = columns.get(id);
    if (found !== undefined) return found;
    const node = known.get(id);
    if (!node || visiting.has(id)) return -1;
    visiting.add(id);
    const column = 1 + Math.max(-1, ...node.after.map(columnOf));
    visiting.delete(id);
    columns.set(id, column);
    return column;
  };
  for (const { id } of nodes) columnOf(id);
  return columns;
}

function followers(nodes: readonly Node[]): Map<string, string[]> {
  const before = new Map<string, string[]>();
  for (const node of nodes) {
    for (const id of node.after) before.set(id, [...(before.get(id) ?? []), node.id]);
  }
  return before;
}

function positions(lists: readonly string[][]): Map<string, number> {
  return new Map(lists.flatMap((list) => list.map((id, row): [string, number] => [id, row - list.length / 2])));
}

function sortByNeighbours(list: string[], neighbours: ReadonlyMap<string, readonly string[]>, at: ReadonlyMap<string, number>): void {
  const weight = new Map(
    list.map((id): [string, number] => {
      const known = (neighbours.get(id) ?? []).map((other) => at.get(other)).filter((row) => row !== undefined);
      return [id, known.length > 0 ? known.reduce((sum, row) => sum + row, 0) / known.length : (at.get(id) ?? 0)];
    }),
  );
  list.sort((one, other) => (weight.get(one) ?? 0) - (weight.get(other) ?? 0));
}
