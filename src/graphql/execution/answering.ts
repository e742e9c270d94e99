import {
  defaultFieldResolver,
  type FieldNode,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getArgumentValues,
  getNullableType,
  isLeafType,
  isListType,
  isObjectType,
  type SelectionNode,
} from 'graphql';
import { fieldsOf } from '../../access/selection.ts';

/**
 * What is asked of an object of this type, ready to be answered: each field's value is found and completed, as graphql-js calls it
 * when a value becomes a part of an answer. In place of an error it throws, whatever the error is.
 */
export function answering(type: GraphQLObjectType, selections: readonly SelectionNode[], document: Parts): Answering {
  const asked = [...fieldsOf(type, selections, { ...document, variables: {} })];
  const fields = asked.map(([key, nodes]) => answeringField(type, key, nodes));
  return (run, object, into, path) => {
    for (const answer of fields) answer(run, object, into, path);
  };
}

function answeringField(type: GraphQLObjectType, key: string, nodes: FieldNode[]): Answering {
  const [node] = nodes as [FieldNode];
  const name = node.name.value;
  if (name === '__typename')
    return (_run, _object, into) => {
      into[key] = type.name;
    };
  const field = type.getFields()[name];
  // An assignment to this key would set the answer's prototype.
  if (!field || key === '__proto__') return noPlan;
  const { resolve = defaultFieldResolver, type: returnType } = field;
  const complete = completing(returnType, nodes);
  const argumentsOf = argumentsFor(field, node);
  const answer: Answering = (run, object, into, above) => {
    const path = { prev: above, key, typename: type.name };
    const info = { ...run.about, fieldName: name, fieldNodes: nodes, returnType, parentType: type, path };
    // Its place among the others, however long its value takes.
    into[key] = null;
    const value = resolve(object, argumentsOf(run), run.context, info);
    if (isPromise(value)) whenThere(run, value, (found) => complete(run, found, into, key, info, path));
    else complete(run, value, into, key, info, path);
  };
  return field.resolve || !isLeafType(getNullableType(returnType))
    ? answer
    : answeringShown(name, key, complete, answer);
}

/** Most fields show a property as it is: nobody has to be told which field of what it is. */
function answeringShown(name: string, key: string, complete: Completing, otherwise: Answering): Answering {
  return (run, object, into, above) => {
    const value: unknown = (object as Record<string, unknown> | undefined)?.[name];
    if (typeof value === 'function' || isPromise(value)) otherwise(run, object, into, above);
    else complete(run, value, into, key);
  };
}

function argumentsFor(field: GraphQLField<unknown, unknown>, node: FieldNode) {
  if (field.args.length === 0) return () => ({});
  return ({ about }: Run) => getArgumentValues(field, node, about.variableValues);
}

function completing(type: GraphQLOutputType, nodes: FieldNode[]): Completing {
  const nullable = getNullableType(type);
  const complete = completingValue(nullable, nodes);
  return (run, value, into, key, info, path) => {
    if (value instanceof Error) throw value;
    if (value != null) complete(run, value, into, key, info, path);
    else if (nullable === type) into[key] = null;
    else throw new Error('null where there must be a value');
  };
}

function completingValue(type: GraphQLOutputType, nodes: FieldNode[]): Completing {
  if (isLeafType(type)) return completingLeaf(type);
  if (isListType(type)) return completingList(completing(type.ofType, nodes));
  if (isObjectType(type)) return completingObject(type, nodes);
  return noPlan;
}

function completingLeaf(type: GraphQLLeafType): Completing {
  return (_run, value, into, key) => {
    const leaf = type.serialize(value);
    if (leaf == null) throw new Error(`no value of ${type.name}`);
    into[key] = leaf;
  };
}

function completingList(complete: Completing): Completing {
  return (run, value, into, key, info, path) => {
    if (!Array.isArray(value)) throw new Error('a list that is no array');
    const items = value.map(() => null);
    into[key] = items;
    value.forEach((item, index) => {
      const place = { prev: path, key: index, typename: undefined };
      whenThere(run, item, (one) => complete(run, one, items as unknown as Answer, index, info, place));
    });
  };
}

function completingObject(type: GraphQLObjectType, nodes: FieldNode[]): Completing {
  // Found out when the first object comes: of what a hostile document asks for, most is never there.
  let answer: Answering | undefined;
  return (run, object, into, key, info, path) => {
    answer ??= answering(
      type,
      nodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? []),
      run.about,
    );
    const fields = answer;
    // Scope-auth enforces the type's rule here.
    whenThere(run, type.isTypeOf?.(object, run.context, info as GraphQLResolveInfo) ?? true, (isOfType) => {
      if (!isOfType) throw new Error(`no ${type.name}`);
      const own = {};
      into[key] = own;
      fields(run, object, own, path);
    });
  };
}

/** Goes on with the value: at once, unless it is promised. */
function whenThere(run: Run, value: unknown, use: (value: unknown) => void) {
  if (!isPromise(value)) return use(value);
  run.waiting++;
  const arrived = (work: () => void) => {
    attempt(run, work);
    if (--run.waiting === 0) run.done();
  };
  value.then(
    (found) => arrived(() => use(found)),
    (cause: unknown) =>
      arrived(() => {
        throw cause;
      }),
  );
}

/** Does a part of the work, unless another has failed. */
export function attempt(run: Run, work: () => void) {
  if (run.failure) return;
  try {
    work();
  } catch (cause) {
    run.failure = { cause };
  }
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** For what no plan is made for: introspection, and what is of a type that only the object tells. */
const noPlan = () => {
  throw NO_PLAN;
};

export const NO_PLAN = new Error('no plan can be made');

/** Puts what is asked of an object into its part of the answer. */
export type Answering = (run: Run, object: unknown, into: Answer, path: Path | undefined) => void;

/** Puts what a value becomes into the answer, under this key; of a leaf, nobody asks where it is. */
type Completing = (
  run: Run,
  value: unknown,
  into: Answer,
  key: string | number,
  info?: GraphQLResolveInfo,
  path?: Path,
) => void;

type Parts = Pick<GraphQLResolveInfo, 'schema' | 'fragments'>;
type Answer = Record<string | number, unknown>;
type Path = GraphQLResolveInfo['path'];

/** One execution of a query. */
export interface Run {
  context: unknown;
  about: Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'rootValue' | 'operation' | 'variableValues'>;
  /** Of promises. */
  waiting: number;
  failure: { cause: unknown } | null;
  /** Called when nothing is waited for any more, if it ever was. */
  done(): void;
}
