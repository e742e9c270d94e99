import { type FieldNode, type GraphQLOutputType, type GraphQLResolveInfo, getNamedType, isObjectType } from 'graphql';
import { fieldsOf } from '../access/selection.ts';
import type { Prisma } from '../db/generated/client.ts';
import { type Asked, allColumnsOf } from '../db/rows.ts';

/**
 * What an answer reads of the model's rows: the columns that its fields show, or say that they read, and all of them as soon as one
 * says nothing. So too of the rows that a field says it has joined. The id and the owner, which rules look at, are always among them.
 */
export function asked(model: Prisma.ModelName, info: GraphQLResolveInfo): Asked {
  const known = ASKED.get(info.fieldNodes);
  if (known) return known;
  const reading = nothingOf(model, info);
  addAsked(reading, info.returnType, info.fieldNodes, info);
  const found = inOrder(reading);
  ASKED.set(info.fieldNodes, found);
  return found;
}

/** Goes down to the model's objects, through whatever pages they are in, and no further. */
function addAsked(reading: Reading, output: GraphQLOutputType, nodes: readonly FieldNode[], info: GraphQLResolveInfo) {
  const type = getNamedType(output);
  if (!isObjectType(type)) return;
  const selections = nodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
  for (const [, below] of fieldsOf(type, selections, { ...info, variables: info.variableValues })) {
    const field = type.getFields()[below[0]?.name.value ?? ''];
    if (!field) continue;
    if (type.name !== reading.model) {
      if (field.extensions.readsCursor) reading.cursors = true;
      addAsked(reading, field.type, below, info);
      continue;
    }
    const {
      pothosExposedField: shown,
      reads = shown ? [shown] : allColumnsOf(reading.model),
      joins,
    } = field.extensions;
    for (const column of reads) reading.columns.add(column);
    if (!joins) continue;
    const joined = reading.joined.get(field.name) ?? nothingOf(joins, info);
    reading.joined.set(field.name, joined);
    addAsked(joined, field.type, below, info);
  }
}

function nothingOf(model: Prisma.ModelName, { schema }: GraphQLResolveInfo): Reading {
  const type = schema.getType(model);
  const owner = isObjectType(type) && type.extensions.access?.owner;
  const columns = new Set(['id', ...(typeof owner === 'string' ? [owner] : [])]);
  return { model, columns, joined: new Map(), cursors: false };
}

/** Whatever the order in which fields are asked for, the statement is the same. */
const inOrder = ({ model, columns, joined, cursors }: Reading): Asked => ({
  columns: allColumnsOf(model).filter((column) => columns.has(column)),
  joined: Object.fromEntries(Array.from(joined, ([field, reading]) => [field, inOrder(reading).columns])),
  cursors,
});

/** By what the executor hands to all the objects of one place, and a plan to all its executions. */
const ASKED = new WeakMap<readonly FieldNode[], Asked>();

interface Reading {
  model: Prisma.ModelName;
  columns: Set<string>;
  joined: Map<string, Reading>;
  cursors: boolean;
}

declare module 'graphql' {
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    /** Set by Pothos on a field that shows a property as it is. */
    pothosExposedField?: string;
    /** The columns that the resolver of any other field reads; all of them unless it says so. */
    reads?: readonly string[];
    /** The model of the row that a page can bring along under the name of the field. */
    joins?: Prisma.ModelName;
    /** Whether the field of a page reads cursors, for which rows must have the column by which they are ordered. */
    readsCursor?: boolean;
  }
}
