import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { PAGE_SIZES } from '../../db/pages.ts';

/** What things cost: one is about 10 µs of a processor, with the database's share where that is embedded. */
const VALUE = 1;
/** It may be long: a description has up to ten thousand characters. */
const TEXT = 10;
const OBJECT = 5;
/** A page of one object, or a number about all of its pages. */
const PAGE = 50;
/** A place of the document at which objects are looked up, all of them by one statement. */
const PLACE = 500;
/** A transaction. */
const MUTATION = 500;

/**
 * What an operation costs if each of its lists is as long as its page. What is a list or a connection is seen from its type, so that
 * a new one counts without anybody declaring it. What is in a fragment counts wherever it is used, but is looked at once.
 */
export function costOf(operation: OperationDefinitionNode, { schema, fragments, variables }: Asked): number {
  const mutations = schema.getMutationType();
  const known = new Map<string, Cost>();

  const ofSet = ({ selections }: SelectionSetNode, type: MaybeType): Cost =>
    selections.map((node) => ofSelection(node, type)).reduce(sum, NOTHING);

  function ofSelection(node: SelectionNode, type: MaybeType): Cost {
    if (node.kind === Kind.FIELD) return sum(ofField(node, type), type === mutations ? A_MUTATION : NOTHING);
    if (node.kind === Kind.FRAGMENT_SPREAD) return ofFragment(node.name.value);
    return ofSet(node.selectionSet, node.typeCondition ? schema.getType(node.typeCondition.name.value) : type);
  }

  function ofFragment(name: string): Cost {
    const fragment = fragments.get(name);
    if (!fragment) return NOTHING;
    const cost = known.get(name) ?? ofSet(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
    known.set(name, cost);
    return cost;
  }

  function ofField(node: FieldNode, parent: MaybeType): Cost {
    const field = fieldsOf(parent)[node.name.value];
    if (!field) return A_VALUE;
    const type = getNamedType(field.type);
    if (!node.selectionSet && isConnection(parent)) return ABOUT_ALL;
    if (!node.selectionSet) return isEnumType(type) || SHORT.has(type.name) ? A_VALUE : A_TEXT;
    const { once, perItem, places } = ofSet(node.selectionSet, type);
    if (isConnection(parent) && ITEMS.has(field.name)) return { once: VALUE, perItem: OBJECT + once, places };
    const size = sizeOf(field, node, variables);
    // The rows of a page are read though its count alone is asked for.
    const object = once + (isConnection(type) ? PAGE + size * Math.max(OBJECT, perItem) : OBJECT);
    const objects = object * size ** listsIn(field.type);
    return { once: objects, perItem: 0, places: places + (isOfPage(field.name, parent) ? 0 : 1) };
  }

  const { once, places } = ofSet(operation.selectionSet, schema.getRootType(operation.operation));
  return once + places * PLACE;
}

/** As many as `first` or `last` says, by the Relay cursor connection specification; of what has no pages, as many as a page may have. */
function sizeOf({ args }: GraphQLField<unknown, unknown>, node: FieldNode, variables: Variables): number {
  const sizes = args.filter(({ name }) => name === 'first' || name === 'last');
  if (sizes.length === 0) return PAGE_SIZES.most;
  const given = sizes.map(({ name, defaultValue }) => {
    const value = node.arguments?.find((one) => one.name.value === name)?.value;
    if (value?.kind === Kind.INT) return Number(value.value);
    return value?.kind === Kind.VARIABLE ? variables[value.name.value] : defaultValue;
  });
  const numbers = given.filter((size) => typeof size === 'number');
  // Whether there is more than the page is found out by one row more, so that no page costs nothing.
  return numbers.length > 0 ? Math.max(1, ...numbers) : PAGE_SIZES.usual;
}

const fieldsOf = (type: MaybeType) => (isObjectType(type) || isInterfaceType(type) ? type.getFields() : {});

const isConnection = (type: MaybeType) => fieldsOf(type)['pageInfo'] !== undefined;

/** What a page or an edge holds is looked up with the page. */
const isOfPage = (name: string, parent: MaybeType) =>
  isConnection(parent) ? name === 'pageInfo' : name === 'node' && fieldsOf(parent)['cursor'] !== undefined;

/** How many lists stand in each other. */
function listsIn(type: GraphQLOutputType): number {
  if (isListType(type)) return 1 + listsIn(type.ofType);
  return isNonNullType(type) ? listsIn(type.ofType) : 0;
}

const sum = (a: Cost, b: Cost): Cost => ({
  once: a.once + b.once,
  perItem: a.perItem + b.perItem,
  places: a.places + b.places,
});

const NOTHING: Cost = { once: 0, perItem: 0, places: 0 };
const A_VALUE: Cost = { once: VALUE, perItem: 0, places: 0 };
const A_TEXT: Cost = { once: TEXT, perItem: 0, places: 0 };
const ABOUT_ALL: Cost = { once: PAGE, perItem: 0, places: 1 };
const A_MUTATION: Cost = { once: MUTATION, perItem: 0, places: 0 };
const SHORT = new Set(['Boolean', 'DateTime', 'Float', 'ID', 'Int']);
/** The fields of a connection that are as long as its page. */
const ITEMS = new Set(['edges', 'nodes']);

type MaybeType = GraphQLNamedType | null | undefined;
type Variables = Record<string, unknown>;

interface Cost {
  /** Of one object that the fields are of. */
  once: number;
  /** Of a connection that they are of: for each item of its page. */
  perItem: number;
  /** However many objects there are. */
  places: number;
}

interface Asked {
  schema: GraphQLSchema;
  fragments: Map<string, FragmentDefinitionNode>;
  /** With their defaults. */
  variables: Variables;
}
