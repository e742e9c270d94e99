import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema } from 'graphql';
import { describe, expect, test } from 'vitest';
import { changesBetween, matrixIn, type Row, unnamedLoosenings } from '../../src/access/matrix/changes.ts';
import { accessMatrix, matrixPage } from '../../src/access/matrix/matrix.ts';
import { rules } from '../../src/access/rules.ts';
import { schema } from '../../src/schema.ts';
import { built } from '../kit/built.ts';
import { emptyDirectory } from '../kit/directory.ts';
import { startProcess } from '../kit/process.ts';

const matrix = await accessMatrix(schema, rules);

describe('a page', () => {
  test('is read as the rows that it was written from', () => {
    expect(matrixIn(matrixPage(matrix))).toEqual(matrix);
  });

  test.each([
    ['nothing', ''],
    ['prose', '# Who may reach what\n\nEverybody.\n'],
    ['another table', '| Code | Status |\n| --- | --- |\n| `FORBIDDEN` | 403 |\n'],
    ['a table without a row', matrixPage([])],
    ['a row that lacks a cell', matrixPage(matrix).replace(' | allowed |\n', ' |\n')],
  ])('that holds %s is not taken for one that let nobody in', (_what, page) => {
    expect(() => matrixIn(page)).toThrow('This page has no table of who may reach what.');
  });
});

describe('between two matrices', () => {
  const small = buildSchema(`
    type Query { note(about: ID, like: NoteInput): Note, notes: Int }
    type Note { text: String, title: String }
    input NoteInput { pinned: Boolean }
  `);
  const people = ['anonymous', 'owner', 'admin'];
  const row = (place: string, rule: string, ...cells: string[]): Row => ({
    place,
    rule: rule.split(' or '),
    cells: Object.fromEntries(people.map((who, at) => [who, cells[at] ?? ''])),
  });
  const note = row('Note', 'OWNER or ADMIN', 'UNAUTHENTICATED', 'allowed', 'allowed');
  const notes = row('Query.notes', 'OWNER or ADMIN', 'UNAUTHENTICATED', 'allowed', 'allowed');
  const adminsNotes = row('Query.notes', 'ADMIN', 'UNAUTHENTICATED', 'FORBIDDEN', 'allowed');
  const title = row('Note.title', 'ADMIN', 'UNAUTHENTICATED', 'FORBIDDEN', 'allowed');

  /** What is said, and what counts as a loosening. */
  function between(before: Row[], after: Row[]) {
    const changes = changesBetween(before, after, small);
    return { says: changes.map(({ says }) => says), loosened: unnamedLoosenings(changes, '') };
  }

  test('what is as it was is not mentioned', () => {
    expect(between([notes, note, title], [title, note, notes])).toEqual({ says: [], loosened: [] });
    expect(changesBetween(matrixIn(matrixPage(matrix)), matrix, schema)).toEqual([]);
  });

  test('an input that nobody is asked about any more is a loosening, as long as it is there', () => {
    const pinned = row('NoteInput.pinned', 'ADMIN', 'UNAUTHENTICATED', 'FORBIDDEN', 'allowed');
    const about = row('Query.note(about) → Note', 'OWNER or ADMIN', 'UNAUTHENTICATED', 'NOT_FOUND', 'allowed');
    expect(between([note, pinned, about], [note])).toEqual({
      says: [
        'NoteInput.pinned: owner gains: was FORBIDDEN, is allowed. Rule: ADMIN → nobody is asked.',
        'Query.note(about) → Note: owner gains: was NOT_FOUND, is allowed. Rule: OWNER or ADMIN → nobody is asked.',
      ],
      loosened: ['NoteInput.pinned', 'Query.note(about) → Note'],
    });
    const gone = row('NoteInput.starred', 'ADMIN', 'UNAUTHENTICATED', 'FORBIDDEN', 'allowed');
    expect(between([note, gone], [note])).toEqual({ says: ['NoteInput.starred is gone.'], loosened: [] });
  });

  test('who was refused and is allowed gains, which is a loosening', () => {
    expect(between([note, adminsNotes], [note, notes])).toEqual({
      says: ['Query.notes: owner gains: was FORBIDDEN, is allowed. Rule: ADMIN → OWNER or ADMIN.'],
      loosened: ['Query.notes'],
    });
  });

  test('who was allowed and is refused loses, which is none', () => {
    expect(between([note, notes], [note, adminsNotes])).toEqual({
      says: ['Query.notes: owner loses: was allowed, is FORBIDDEN. Rule: OWNER or ADMIN → ADMIN.'],
      loosened: [],
    });
  });

  test('one who gains is enough, whoever loses', () => {
    const everybodyElse = row('Query.notes', 'PUBLIC', 'allowed', 'FORBIDDEN', 'FORBIDDEN');
    expect(between([adminsNotes], [everybodyElse])).toEqual({
      says: [
        'Query.notes: anonymous gains: was UNAUTHENTICATED, is allowed; admin loses: was allowed, is FORBIDDEN. Rule: ADMIN → PUBLIC.',
      ],
      loosened: ['Query.notes'],
    });
  });

  test('a question that now says true is a loosening, and one that now says false is none', () => {
    const no = row('Note.text', 'ADMIN', 'false', 'false', 'allowed');
    const yes = row('Note.text', 'ADMIN', 'false', 'allowed', 'allowed');
    expect(between([no], [yes])).toEqual({
      says: ['Note.text: owner gains: was false, is allowed.'],
      loosened: ['Note.text'],
    });
    expect(between([yes], [no])).toEqual({ says: ['Note.text: owner loses: was allowed, is false.'], loosened: [] });
  });

  test('another code for who is refused is said, and no loosening', () => {
    const hidden = row('Query.notes', 'ADMIN', 'UNAUTHENTICATED', 'NOT_FOUND', 'allowed');
    expect(between([adminsNotes], [hidden])).toEqual({
      says: ['Query.notes: owner is still refused: was FORBIDDEN, is NOT_FOUND.'],
      loosened: [],
    });
  });

  test('another rule that is the same to everybody is said', () => {
    const renamed = { ...note, rule: ['AUTHOR', 'ADMIN'] };
    expect(between([note], [renamed])).toEqual({
      says: ['Note: nobody gains or loses. Rule: OWNER or ADMIN → AUTHOR or ADMIN.'],
      loosened: [],
    });
  });

  test('a new place is said, and no loosening of anything', () => {
    const nobodys = row('Query.note', 'OWNER', 'UNAUTHENTICATED', 'FORBIDDEN', 'FORBIDDEN');
    expect(between([adminsNotes], [adminsNotes, note, nobodys])).toEqual({
      says: ['Note is new: allowed to owner, admin.', 'Query.note is new: allowed to nobody.'],
      loosened: [],
    });
  });

  test('a field that tightens its type anew is no loosening either', () => {
    expect(between([note], [note, title])).toEqual({
      says: ['Note.title has a rule of its own now: allowed to admin.'],
      loosened: [],
    });
  });

  test('a field whose rule is taken off is as open as its type: a loosening for whom that lets in', () => {
    expect(between([note, title], [note])).toEqual({
      says: ['Note.title: owner gains: was FORBIDDEN, is allowed. Rule: ADMIN → that of Note, OWNER or ADMIN.'],
      loosened: ['Note.title'],
    });
  });

  test('a rule taken off where the type lets in nobody else is said, and no loosening', () => {
    const adminsNote = { ...title, place: 'Note' };
    expect(between([adminsNote, title], [adminsNote])).toEqual({
      says: ['Note.title: nobody gains or loses. Rule: ADMIN → that of Note, ADMIN.'],
      loosened: [],
    });
  });

  test('a place that is gone from the schema is said, and no loosening', () => {
    const gone = ['Memo', 'Memo.title', 'Note.gone', 'Query.gone'].map((place) => ({ ...title, place }));
    expect(between([note, ...gone], [note])).toEqual({
      says: ['Memo is gone.', 'Memo.title is gone.', 'Note.gone is gone.', 'Query.gone is gone.'],
      loosened: [],
    });
  });

  test('a new person is compared with nobody, and neither is one who is gone; the others are', () => {
    const { admin: _, ...fewer } = adminsNotes.cells;
    const before = { ...adminsNotes, cells: fewer };
    expect(between([before], [adminsNotes])).toEqual({
      says: ['admin is new here, compared with nobody.'],
      loosened: [],
    });
    expect(between([adminsNotes], [before])).toEqual({
      says: ['admin is shown no more, compared with nobody.'],
      loosened: [],
    });
    expect(between([before], [notes]).loosened).toEqual(['Query.notes']);
  });

  test('a loosening is named in backticks, in the topmost section of the changelog', () => {
    const loosened = changesBetween([note, title, adminsNotes], [note, notes], small);
    const naming = (changelog: string) => unnamedLoosenings(loosened, changelog);
    expect(naming('# Changelog\n\n## 2.0\n\n### Changed\n\n- `Note.title` and `Query.notes`.\n\n## 1.0\n')).toEqual([]);
    expect(naming('## 2.0\n\n- `Note.title`.\n\n## 1.0\n\n- `Query.notes`.\n')).toEqual(['Query.notes']);
    expect(naming('## 2.0\n\n- Note.title, `Note`, `Query.note`, `Query.notesToo`.\n')).toEqual([
      'Note.title',
      'Query.notes',
    ]);
  });
});

describe('npm run access -- --against', () => {
  const repository = emptyDirectory();
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', ...args], {
      cwd: repository,
      encoding: 'utf8',
      // Not what the machine's git is told, and not the repository of a hook that runs the suite.
      env: { PATH: process.env['PATH'] },
    });
  const against = (...args: string[]) =>
    startProcess(process.execPath, [fileURLToPath(built('main.js')), 'access', '--against', ...args], {
      cwd: repository,
    }).ended;
  const write = (path: string, text: string) => writeFileSync(join(repository, path), text);
  function commit(page: string) {
    write('docs/access.md', page);
    git('add', '.');
    git('commit', '--quiet', '--message', 'A page');
    return git('rev-parse', 'HEAD').trim();
  }

  git('init', '--quiet');
  mkdirSync(join(repository, 'docs'));
  write('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- `Query.me` for everybody.\n');
  const asItIs = commit(matrixPage(matrix));
  const stricter = matrix.map((row) =>
    row.place === 'Query.me' ? { ...row, cells: { ...row.cells, owner: 'FORBIDDEN' as const } } : row,
  );
  const before = commit(matrixPage(stricter));
  const GAIN = 'Query.me: owner gains: was FORBIDDEN, is allowed.\n';

  test('says so where nothing changed', async () => {
    expect(await against(asItIs)).toMatchObject({ code: 0, output: `Since ${asItIs}, nobody gains or loses.\n` });
  });

  test('fails on a loosening until the changelog names it', async () => {
    expect(await against(before)).toMatchObject({
      code: 1,
      output: `${GAIN}More people are let in than CHANGELOG.md says. Name in its topmost section, in backticks: \`Query.me\`.\n`,
    });
    write('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n- `Query.me` for the owner.\n\n## 0.1.0\n');
    expect(await against(before)).toMatchObject({ code: 0, output: GAIN });
  });

  test('does not take a revision that is none for one without rules', async () => {
    expect(await against('nowhere')).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^git does not show docs\/access\.md at nowhere: fatal: .*nowhere/),
    });
    git('rm', '--quiet', 'docs/access.md');
    git('commit', '--quiet', '--message', 'No page');
    expect(await against('HEAD')).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^git does not show docs\/access\.md at HEAD: fatal: .*access\.md/),
    });
  });

  test('does not pass an option on to git', async () => {
    // Where git would write to.
    mkdirSync(join(repository, 'taken:.', 'docs'), { recursive: true });
    expect(await against('--output=taken')).toMatchObject({
      code: 1,
      output: '--output=taken is no revision of git.\n',
    });
    expect(existsSync(join(repository, 'taken:.', 'docs/access.md'))).toBe(false);
  });
});
