import { type GraphQLSchema, isInputObjectType, isObjectType } from 'graphql';
import { inWords } from './matrix.ts';

/** The rows of a page that `matrixPage` wrote, at whatever time: its people and its codes may be others than today's. */
export function matrixIn(page: string): Row[] {
  const table = page.split('\n').filter((line) => line.startsWith('| '));
  const [header = [], , ...rows] = table.map((line) => line.slice(2, -2).split(' | '));
  // What cannot be read must not pass for a page that let nobody in, to which everything is new.
  if (header[1] !== 'Rule' || rows.length === 0 || rows.some((cells) => cells.length !== header.length)) {
    throw new Error('This page has no table of who may reach what.');
  }
  return rows.map(([place = '', words = '', ...cells]) => ({
    place: place.replaceAll('`', ''),
    ...rulesIn(words),
    cells: Object.fromEntries(cells.map((cell, at) => [header[at + 2], cell])),
  }));
}

function rulesIn(words: string) {
  const [rule = '', ...allOf] = words.split(', and ');
  return { rule: rule.split(' or '), allOf };
}

/**
 * Who gains and who loses, place by place. `schema` is that of `after`: a field that lost its own rule has no row any more,
 * and is as open as its type, whereas one that is gone is open to nobody.
 */
export function changesBetween(before: Row[], after: Row[], schema: GraphQLSchema): Change[] {
  const known = before.map((row) => {
    const now =
      rowAt(after, row.place) ||
      (hasField(schema, row.place) && rowAt(after, typeOf(row.place))) ||
      (hasInput(schema, row.place) && opened(row));
    return now ? difference(row, now) : notice(`${row.place} is gone.`);
  });
  const added = after.filter(({ place }) => !rowAt(before, place)).map((row) => arrival(row, before));
  return [...columns(before, after), ...known.filter((change) => change !== undefined), ...added];
}

/** The places that are open to somebody whom they refused, and that the changelog's topmost section does not name. */
export function unnamedLoosenings(changes: Change[], changelog: string): string[] {
  const topmost = changelog.split(/^## /m).slice(0, 2).join();
  return changes.flatMap(({ loosens }) => (loosens && !topmost.includes(`\`${loosens}\``) ? [loosens] : []));
}

/** What became of a place for the people of both tables; undefined where nothing did. */
function difference(was: Row, is: Row): Change | undefined {
  const people = Object.keys(was.cells).filter((who) => is.cells[who] && is.cells[who] !== was.cells[who]);
  const gaining = people.filter((who) => is.cells[who] === 'allowed');
  const outcomes = people.map((who) => {
    const outcome = gaining.includes(who) ? 'gains' : was.cells[who] === 'allowed' ? 'loses' : 'is still refused';
    return `${who} ${outcome}: was ${was.cells[who]}, is ${is.cells[who]}`;
  });
  const old = inWords(was.rule, was.allOf);
  const own = `${is.place === was.place ? '' : `that of ${is.place}, `}${inWords(is.rule, is.allOf)}`;
  if (outcomes.length === 0 && old === own) return undefined;
  const rule = old === own ? '' : ` Rule: ${old} → ${own}.`;
  const says = `${was.place}: ${outcomes.join('; ') || 'nobody gains or loses'}.${rule}`;
  return { says, loosens: gaining.length > 0 ? was.place : null };
}

/** The page does not say whether a field was there already under its type's rule, to which it can only add. */
function arrival({ place, cells }: Row, before: Row[]): Change {
  const allowed = Object.keys(cells).filter((who) => cells[who] === 'allowed');
  const news = rowAt(before, typeOf(place)) ? 'has a rule of its own now' : 'is new';
  return notice(`${place} ${news}: allowed to ${allowed.join(', ') || 'nobody'}.`);
}

/** A column of one table only cannot be compared, which should be seen: a renamed one would hide what its people gain. */
function columns([before]: Row[], [after]: Row[]): Change[] {
  const [old, own] = [Object.keys(before?.cells ?? {}), Object.keys(after?.cells ?? {})];
  const added = own.filter((who) => !old.includes(who)).map((who) => `${who} is new here, compared with nobody.`);
  const gone = old.filter((who) => !own.includes(who)).map((who) => `${who} is shown no more, compared with nobody.`);
  return [...added, ...gone].map(notice);
}

const notice = (says: string): Change => ({ says, loosens: null });

const rowAt = (rows: Row[], place: string) => rows.find((row) => row.place === place);

const typeOf = (place: string) => place.split('.')[0] ?? '';

function hasField(schema: GraphQLSchema, place: string) {
  const [typeName = '', fieldName = ''] = place.split('.');
  const type = schema.getType(typeName);
  return isObjectType(type) && fieldName in type.getFields();
}

/** An argument or input field that is there still, as `NoteInput.pinned`, `Mutation.write(pinned)` or with an arrow. */
function hasInput(schema: GraphQLSchema, place: string) {
  const [, typeName = '', name = '', argument] = /^(\w+)\.(\w+)(?:\((\w+)\))?/.exec(place) ?? [];
  const type = schema.getType(typeName);
  if (isInputObjectType(type)) return name in type.getFields();
  return isObjectType(type) && (type.getFields()[name]?.args.some((arg) => arg.name === argument) ?? false);
}

/** What is left where nobody is asked any more but whoever may ask for the field. */
const opened = ({ place, cells }: Row): Row => {
  const open = Object.entries(cells).map(([who, cell]) => [who, cell === 'UNAUTHENTICATED' ? cell : 'allowed']);
  return { place, rule: ['nobody is asked'], cells: Object.fromEntries(open) };
};

/** A row of the matrix of any time. */
export interface Row {
  place: string;
  rule: string[];
  allOf?: string[];
  cells: Record<string, string>;
}

export interface Change {
  /** In words. */
  says: string;
  /** The place that now lets in somebody whom it refused. */
  loosens: string | null;
}
