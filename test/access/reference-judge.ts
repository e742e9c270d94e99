import {
  buildSchema,
  type ConstDirectiveNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  print,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Answer } from '../kit/client.ts';
import {
  argumentsOf,
  collected,
  idIn,
  idsIn,
  inlined,
  inputsIn,
  never,
  operationOf,
  rootOf,
} from './reference-documents.ts';

/**
 * Decides from the SDL, who asks and the rows what an answer must be as far as access goes, and says where it is not: in a second
 * hand, for nothing here is read from the code that enforces it.
 */
export function createJudge(sdl: string) {
  const schema = buildSchema(sdl);

  /** What a rule means: everybody, who has the role of that name, or whom the row names. Of what is not seen, whoever might be. */
  const letsIn = (rule: string, viewer: { id: string; role: string }, row: Row) => {
    if (rule === 'PUBLIC' || rule === 'AUTHENTICATED') return true;
    const roles = schema.getType('Role');
    if (isEnumType(roles) && roles.getValue(rule)) return viewer.role === rule;
    if (!row) return row === UNKNOWN;
    const named = row[rule] ?? never(`Nobody has said whom ${rule} lets in. ${ADD_ROWS}`);
    return named.includes(viewer.id);
  };

  /** With the type and the id of every object, so that it can be seen whose it is. */
  const completed = (text: string) => {
    const types = new TypeInfo(schema);
    const leave = (node: SelectionSetNode) => {
      const type = types.getParentType();
      if (!isObjectType(type) || isRoot(type, schema)) return node;
      const added = type.getFields()['id'] ? '{ __typename id }' : '{ __typename }';
      return { ...node, selections: [...node.selections, ...operationOf(parse(added)).selectionSet.selections] };
    };
    return print(visit(parse(text), visitWithTypeInfo(types, { SelectionSet: { leave } })));
  };

  /** Every place at which the answer is not what it must be; `rows` as they were before it and are after it. */
  function disagreements(text: string, { data, errors = [] }: Answer, { asker, before, after }: Case): string[] {
    const document = inlined(parse(text));
    const operation = operationOf(document);
    const isMutation = operation.operation === 'mutation';
    const root = isMutation ? schema.getMutationType() : schema.getQueryType();
    const found: string[] = [];
    const complain = (path: Path, what: string) => void found.push(`${path.join('.') || 'data'}: ${what}`);

    const holds = ({ astNode }: Ruled, row: Row) => {
      const rule = ruleIn(astNode?.directives);
      if (typeof asker === 'string') return !rule || rule.includes('PUBLIC');
      return !rule || rule.some((name) => letsIn(name, asker, row));
    };
    const isReached = (type: string, id: unknown, rows = before) =>
      rowsOf(type, rows).has(String(id)) && holds(objectType(type), rowsOf(type, rows).get(String(id)));

    /** Why a field of an object, which is that of the row, must be refused: the first reason counts. */
    function refusalsAt(parent: GraphQLObjectType, node: FieldNode, row: Row): Verdict {
      const field = fieldOf(parent, node);
      const place = `${parent.name}.${field.name}`;
      const returned = getNamedType(field.type);
      const given = inputsIn(field.args, argumentsOf(node), (name) => `${place}(${name})`);
      const named = given.filter(({ input, value }) => namedBy(input) && value.kind !== Kind.NULL);
      const [about] = named.filter((input) => input.place.startsWith(`${place}(`));
      const asked = about ? (rowsOf(namedBy(about.input), before).get(idIn(about.value)) ?? null) : row;
      const isAbout = isRoot(parent, schema) && ruleIn(field.astNode?.directives)?.includes('OWNER');
      if (isAbout && !about) never(`${place} has a rule about an object, and no id that says which.`);
      const code = typeof asker === 'string' ? [asker] : ['FORBIDDEN', 'NOT_FOUND'];
      const missing = typeof asker === 'string' ? [asker] : ['NOT_FOUND'];
      const answersNull = (type: string | undefined) => parent === schema.getQueryType() && returned.name === type;

      if (!holds(field, asked)) return { isCertain: true, refusals: [{ on: place, code }] };
      const [set] = given.filter(({ input }) => !holds(input, UNKNOWN));
      if (set) return { isCertain: true, refusals: [{ on: set.place, code }] };
      const unreached = named.filter(({ input, value }) => {
        const type = namedBy(input) ?? '';
        return !answersNull(type) && idsIn(value).some((id) => !isReached(type, id));
      });
      if (unreached.length > 0) {
        const refusals = unreached.map(({ place }) => ({ on: place, code: missing, mayBeSilent: true }));
        // Whom the field's rule lets in, whosever it is, may be told of something else first.
        return { isCertain: !isAbout || unreached.some(({ place }) => place !== about?.place), refusals };
      }
      // Where the resolver answers for an id itself, it may say that there is no such thing.
      const own = given.filter(({ input }) => /^Refers to: \w+\.$/m.test(input.description ?? ''));
      const told = own.map(({ place }) => ({ on: place, code: missing, mayBeSilent: true }));
      if (!isObjectType(returned) || holds(returned, UNKNOWN)) return { isCertain: false, refusals: told };
      // Of what there is not, nobody is refused the type.
      const isCertain = isNonNullType(field.type) && !isListType(getNullableType(field.type));
      return { isCertain, refusals: [{ on: returned.name, code }] };
    }

    /** Whether an error is at a place that must be refused, and for its first reason; nothing may have gone on below such a place. */
    function checkError({ path = [], extensions: { code, rule } }: AnswerError) {
      if (!ACCESS_CODES.has(code)) return;
      let [type, nodes]: [unknown, readonly FieldNode[]] = [root, rootNodes];
      let verdict = NOTHING;
      for (const key of path.filter((part) => typeof part === 'string')) {
        if (verdict.isCertain && !isMutation) complain(path, `went on below a refusal, of ${key}`);
        const [node, ...more] = fieldsOf(nodes).get(key) ?? [];
        if (!isObjectType(type) || !node) return complain(path, 'an error at no place');
        verdict = refusalsAt(type, node, UNKNOWN);
        [type, nodes] = [getNamedType(fieldOf(type, node).type), [node, ...more]];
      }
      const isRight = ({ on, code: codes, mayBeSilent }: Refusal) =>
        codes.includes(code) && (rule ? rule.on === on : Boolean(mayBeSilent));
      if (!verdict.refusals.some(isRight)) complain(path, `refused with ${code} by ${rule?.on}, not ${said(verdict)}`);
    }

    const errorsAt = (path: Path) => errors.filter((error) => path.every((part, n) => error.path?.[n] === part));
    const fieldsOf = (nodes: readonly FieldNode[]) => collected(nodes, document);

    function walk(type: GraphQLObjectType, nodes: readonly FieldNode[], value: Value, path: Path, row: Row) {
      for (const [key, [node = never(), ...more]] of fieldsOf(nodes)) {
        const at = [...path, key];
        const answered = value[key];
        const field = fieldOf(type, node);
        const verdict = refusalsAt(type, node, row);
        const own = errorsAt(at).filter(({ extensions: { code } }) => ACCESS_CODES.has(code));
        // A mutation is refused before it is done, and then it may be for something deeper.
        const isRefused = own.some((error) => isMutation || error.path?.length === at.length);
        if (verdict.isCertain && (answered !== null || !isRefused)) complain(at, `let in, not ${said(verdict)}`);
        checkQuestion(field, answered, at, row);
        checkNamed(type, node, answered, at);
        const below = getNamedType(field.type);
        if (isObjectType(below)) walkObjects(below, [node, ...more], answered, at, row);
      }
    }

    function walkObjects(type: GraphQLObjectType, nodes: FieldNode[], value: unknown, path: Path, row: Row) {
      if (Array.isArray(value))
        for (const [n, one] of value.entries()) walkObjects(type, nodes, one, [...path, n], row);
      if (value === null || value === undefined || Array.isArray(value)) return;
      const object = value as Value;
      if (object['__typename'] !== type.name) complain(path, `is a ${object['__typename']}`);
      // What has no id, such as an edge, is about the object at which it was asked for.
      const own = type.getFields()['id'] ? rowsOf(type.name, after).get(String(object['id'])) : row;
      if (type.getFields()['id'] && !isReached(type.name, object['id'], after))
        complain(path, `a ${type.name} that is out of reach`);
      if (!holds(type, own)) complain(path, `a ${type.name} that is nobody's to see`);
      walk(type, nodes, object, path, own);
    }

    /** "Whether deleteNote would let the viewer in.": for the object at which it is asked. */
    function checkQuestion(
      { description }: { description?: string | null | undefined },
      answered: unknown,
      path: Path,
      row: Row,
    ) {
      const [, name = ''] = /^Whether (\w+) would let the viewer in\.$/.exec(description ?? '') ?? [];
      const mutation = schema.getMutationType()?.getFields()[name];
      if (mutation && typeof answered === 'boolean' && answered !== holds(mutation, row))
        complain(path, `${answered}, which is not what ${name} would say`);
    }

    /** Who reaches what an id of a query names gets it, and nobody else does. */
    function checkNamed(type: GraphQLObjectType, node: FieldNode, answered: unknown, path: Path) {
      const field = fieldOf(type, node);
      const returned = getNamedType(field.type).name;
      const [arg] = argumentsOf(node);
      const input = field.args.find(({ name }) => name === arg?.name.value);
      const isLookUp = arg && input && type === schema.getQueryType() && namedBy(input) === returned;
      if (!isLookUp || errorsAt(path).length > 0) return;
      const id = isReached(returned, idIn(arg.value)) ? idIn(arg.value) : undefined;
      if ((answered as Value | null)?.['id'] !== id)
        complain(path, id ? 'kept from who reaches it' : 'given to who does not reach it');
    }

    const rootNodes = [rootOf(operation)];
    for (const error of errors) {
      const { code } = error.extensions;
      if (!ACCESS_CODES.has(code) && !OTHER_CODES.has(code)) complain(error.path ?? [], `an error with ${code}`);
      checkError(error);
      if (isMutation && data && data[error.path?.[0] ?? ''] !== null) complain(error.path ?? [], 'done in part');
    }
    if (data && root) walk(root, rootNodes, data, [], UNKNOWN);
    else if (errors.length === 0) complain([], 'nothing, and no error');
    else if (root && errors.some(({ path }) => path)) {
      // Of fields that may not be null, the error of one is enough: what fails for a reason of its own hides the others.
      for (const [key, [node = never()]] of fieldsOf(rootNodes)) {
        const must = refusalsAt(root, node, UNKNOWN);
        const isHidden = errors.some(({ path, extensions: { code } }) => path?.[0] !== key || ACCESS_CODES.has(code));
        if (must.isCertain && !isHidden) complain([key], `failed, but not with ${said(must)}`);
      }
    }
    return found;
  }

  return { completed, disagreements };

  function objectType(name: string) {
    const type = schema.getType(name);
    return isObjectType(type) ? type : never(`${name} is no object type.`);
  }
}

/** What an answer says where somebody is not let in. */
const ACCESS_CODES = new Set([
  'UNAUTHENTICATED',
  'TOKEN_EXPIRED',
  'INVALID_TOKEN',
  'SESSION_ENDED',
  'FORBIDDEN',
  'NOT_FOUND',
]);
/** What an answer may say for reasons that are none of the judge's business. */
const OTHER_CODES = new Set(['BAD_USER_INPUT']);
/** The row of something that is not seen. */
const UNKNOWN = undefined;
const NOTHING: Verdict = { isCertain: false, refusals: [] };

/** The type of what an id must name, as the SDL has it in words. */
const namedBy = ({ description }: { description?: string | null | undefined }) =>
  /^Refers to: (\w+), which the viewer must reach\.$/m.exec(description ?? '')?.[1];

const said = ({ refusals }: Verdict) =>
  refusals.map(({ on, code }) => `${code.join('/')} by ${on}`).join(' or ') || 'let in';

const ruleIn = (directives: readonly ConstDirectiveNode[] = []) => {
  const [rule] = directives.find(({ name }) => name.value === 'auth')?.arguments ?? [];
  return rule?.value.kind === Kind.LIST ? rule.value.values.map((value) => print(value)) : undefined;
};

const rowsOf = (type = '', rows: Rows) => rows[type] ?? never(`Nobody has said whom a ${type} lets in. ${ADD_ROWS}`);

const ADD_ROWS = 'Add it to the rows in the samples of its domain (test/access/samples.ts).';

const isRoot = (type: GraphQLObjectType, schema: GraphQLSchema) =>
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type);

const fieldOf = (type: GraphQLObjectType, { name }: FieldNode) =>
  type.getFields()[name.value] ?? never(`There is no ${type.name}.${name.value}.`);

/** Who asks; of whom nobody is taken for a viewer, the code that says why. */
export type Asker = { id: string; role: string } | string;
/** For each type, each of its rows by its id. */
export type Rows = Record<string, Map<string, NonNullable<Row>>>;

interface Case {
  asker: Asker;
  before: Rows;
  after: Rows;
}

interface Verdict {
  /** False where it is refused only if there is something. */
  isCertain: boolean;
  /** Each for the same reason. */
  refusals: Refusal[];
}

interface Refusal {
  on: string;
  code: string[];
  /** The resolver itself may say that there is no such thing. */
  mayBeSilent?: boolean;
}

interface Ruled {
  astNode?: { directives?: readonly ConstDirectiveNode[] | undefined } | null | undefined;
}

/** For each rule about an object, the users whom it lets in; null if there is no such object, undefined if it is not seen. */
type Row = Record<string, (string | null)[]> | null | undefined;
type Path = (string | number)[];
type Value = Record<string, unknown>;
type AnswerError = NonNullable<Answer['errors']>[number];
