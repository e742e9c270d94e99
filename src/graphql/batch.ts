import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../context.ts';

/**
 * Resolves a field of many objects, or judges a rule of many, with one call of `load`, so that a list costs no query per row. `load`
 * gets the keys of all the objects that ask at the same place of the document (a rule, which is not told its place, with the same
 * `args`, a text or a number), and returns what each key stands for.
 */
export function batched<Key, Args, Value>(load: Load<Key, Args, Value>): Batched<Key, Args, Value> {
  const inRequest = new WeakMap<Context, Map<unknown, DataLoader<Key, () => Value>>>();

  return async (key: Key, args: Args, context: Context, info?: Place) => {
    const loaders = inRequest.get(context) ?? new Map<unknown, DataLoader<Key, () => Value>>();
    inRequest.set(context, loaders);
    // The executor hands the same array to all the objects of one place, and the same arguments with it.
    const shared = info?.fieldNodes ?? args;
    const loader = loaders.get(shared) ?? new DataLoader(loadAll(args, context), { cache: false });
    loaders.set(shared, loader);
    const found = await loader.load(key);
    return found();
  };

  function loadAll(args: Args, context: Context) {
    return async (keys: readonly Key[]) => {
      const find = await load([...new Set(keys)], args, context);
      // Return thunks: if `find` throws for one key, only that row fails, not the whole batch.
      return keys.map((key) => () => find(key));
    };
  }
}

interface Batched<Key, Args, Value> {
  /** For a field. */
  (key: Key, args: Args, context: Context, info: Place): Promise<Value>;
  /** For a rule: two objects of arguments would never be the same. */
  (key: Key, args: Args & Primitive, context: Context): Promise<Value>;
}

type Primitive = string | number | boolean | null;
type Place = Pick<GraphQLResolveInfo, 'fieldNodes'>;
type Load<Key, Args, Value> = (keys: Key[], args: Args, context: Context) => Promise<(key: Key) => Value>;
