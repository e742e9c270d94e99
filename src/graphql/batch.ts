import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../context.ts';

/**
 * Resolves a field of many objects with one call of `load`, so that a list costs no query per row. `load` gets the keys of all the
 * objects that ask for the field at the same place of the document, with the same arguments, and returns what each key stands for.
 */
export function batched<Key, Args, Value>(
  load: (keys: Key[], args: Args, context: Context, info: GraphQLResolveInfo) => Found<Key, Value>,
) {
  const loaders = loadersOf<Key, Value>();
  // The executor hands the same array to all the objects of one place, and the same arguments with it.
  return (key: Key, args: Args, context: Context, info: GraphQLResolveInfo) =>
    loaders(context, info.fieldNodes, key, (keys) => load(keys, args, context, info));
}

/** The same for a rule, which is not told where its objects stand: one call for all that ask the same question, a text or a number. */
export function batchedLookUp<Key, Question extends string | number, Value>(
  load: (keys: Key[], question: Question, context: Context) => Found<Key, Value>,
) {
  const loaders = loadersOf<Key, Value>();
  return (key: Key, question: Question, context: Context) =>
    loaders(context, question, key, (keys) => load(keys, question, context));
}

/** One loader for all that share something, within a request, until it has begun to load. */
function loadersOf<Key, Value>() {
  const inRequest = new WeakMap<Context, Map<unknown, DataLoader<Key, () => Value>>>();

  return async (context: Context, shared: unknown, key: Key, load: (keys: Key[]) => Found<Key, Value>) => {
    const loaders = inRequest.get(context) ?? new Map<unknown, DataLoader<Key, () => Value>>();
    inRequest.set(context, loaders);
    const loadAll = (keys: readonly Key[]) => {
      // What leads back to the request would stay, as in `forgetAnswers`.
      loaders.delete(shared);
      if (loaders.size === 0) inRequest.delete(context);
      return thunksOf(load, keys);
    };
    const loader = loaders.get(shared) ?? new DataLoader(loadAll, { cache: false });
    loaders.set(shared, loader);
    const found = await loader.load(key);
    return found();
  };
}

/** If `find` throws for one key, only that row fails, not the whole batch. */
async function thunksOf<Key, Value>(load: (keys: Key[]) => Found<Key, Value>, keys: readonly Key[]) {
  const find = await load([...new Set(keys)]);
  return keys.map((key) => () => find(key));
}

type Found<Key, Value> = Promise<(key: Key) => Value>;
