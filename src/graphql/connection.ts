import type { ObjectRef } from '@pothos/core';
import type { rules } from '../access/rules.ts';
import type { CountedPage, Edge, Page } from '../db/pages.ts';
import { builder } from './builder.ts';

const READS_CURSOR = { readsCursor: true };

/** A list type by the Relay cursor connection specification, with the rule of whoever may page through it. */
export function connectionOf<Node>(name: string, node: NodeRef<Node>, auth: RuleSet) {
  const Edge = builder.objectRef<Edge<Node>>(`${name}Edge`).implement({
    auth,
    fields: (t) => ({
      cursor: t.string({ extensions: READS_CURSOR, resolve: (edge) => edge.cursor() }),
      node: t.field({ type: node, resolve: (edge) => edge.node as never }),
    }),
  });
  return builder.objectRef<CountedPage<Node>>(`${name}Connection`).implement({
    auth,
    fields: (t) => ({
      edges: t.field({ type: [Edge], resolve: (page) => page.edges }),
      nodes: t.field({ type: [node], resolve: (page) => page.edges.map((edge) => edge.node) as never }),
      pageInfo: t.field({ type: PageInfo, resolve: (page) => page.pageInfo }),
      totalCount: t.int({ resolve: (page) => page.totalCount() }),
    }),
  });
}

/** The arguments of every connection field. */
export const pageArgs = builder.args((t) => ({
  first: t.int({ description: 'How many from the start: 20 unless given, 100 at most.' }),
  after: t.string({ description: 'The cursor after which to start.' }),
  last: t.int({ description: 'How many from the end, in place of first.' }),
  before: t.string({ description: 'The cursor before which to stop.' }),
}));

const PageInfo = builder.objectRef<Page<unknown>['pageInfo']>('PageInfo').implement({
  auth: ['PUBLIC'],
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage'),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage'),
    startCursor: t.string({ nullable: true, extensions: READS_CURSOR, resolve: (page) => page.startCursor() }),
    endCursor: t.string({ nullable: true, extensions: READS_CURSOR, resolve: (page) => page.endCursor() }),
  }),
});

type RuleSet = readonly [keyof typeof rules, ...(keyof typeof rules)[]];

// biome-ignore lint/suspicious/noExplicitAny: Pothos' own way to say "a ref in any schema"
type NodeRef<Node> = ObjectRef<any, Node>;
