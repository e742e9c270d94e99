import {
  buildSchema,
  type ConstDirectiveNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
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

/** What each rule means, in a second hand: nothing here is read from the code that enforces them. */
const MEANING: Record<string, (viewer: { id: string; role: string }, owner: Owner) => boolean> = {
  PUBLIC: () => true,
  AUTHENTICATED: () => true,
  ADMIN: ({ role }) => role === 'ADMIN',
  OWNER: ({ id }, owner) => owner === UNKNOWN || owner === id,
};

/**
 * Decides from the SDL, who asks and the rows what an answer must be as far as access goes, and says where it is not. It knows of
 * the rows whose each is (`rows`) and of the inputs what their ids name (`names`): all else is in the SDL.
 */
export function createJudge(sdl: string, names: Record<string, string>) {
  const schema = buildSchema(sdl);

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

    const holds = ({ astNode }: Ruled, owner: Owner) => {
      const rule = ruleIn(astNode?.directives);
      if (typeof asker === 'string') return !rule || rule.includes('PUBLIC');
      return !rule || rule.some((name) => meaningOf(name)(asker, owner));
    };
    const isReached = (type: string, id: unknown, rows = before) =>
      rowsOf(type, rows).has(String(id)) && holds(objectType(type), rowsOf(type, rows).get(String(id)));

    /** Why a field of an object must be refused: the first reason counts. `owner` is whose the object is. */
    function refusalsAt(parent: GraphQLObjectType, node: FieldNode, owner: Owner): Verdict {
      const field = fieldOf(parent, node);
      const place = `${parent.name}.${field.name}`;
      const returned = getNamedType(field.type);
      const given = inputsIn(field.args, argumentsOf(node), (name) => `${place}(${name})`);
      const named = given.filter(({ place, value }) => names[place] && value.kind !== Kind.NULL);
      const [about] = named.filter((input) => input.place.startsWith(`${place}(`));
      const whose = about ? (rowsOf(names[about.place], before).get(idIn(about.value)) ?? null) : owner;
      const isAbout = isRoot(parent, schema) && ruleIn(field.astNode?.directives)?.includes('OWNER');
      if (isAbout && !about)
        never(`Nobody has said what ${place} is about. Add its id to the names in the samples of its domain.`);
      const code = typeof asker === 'string' ? [asker] : ['FORBIDDEN', 'NOT_FOUND'];
      const missing = typeof asker === 'string' ? [asker] : ['NOT_FOUND'];
      const answersNull = (type: string | undefined) => parent === schema.getQueryType() && returned.name === type;

      if (!holds(field, whose)) return { isCertain: true, refusals: [{ on: place, code }] };
      const [set] = given.filter(({ input }) => !holds(input, UNKNOWN));
      if (set) return { isCertain: true, refusals: [{ on: set.place, code }] };
      const unreached = named.filter(({ place, value }) => {
        const type = names[place] ?? '';
        return !answersNull(type) && idsIn(value).some((id) => !isReached(type, id));
      });
      if (unreached.length > 0) {
        const refusals = unreached.map(({ place }) => ({ on: place, code: missing, mayBeSilent: true }));
        // Whom the field's rule lets in, whosever it is, may be told of something else first.
        return { isCertain: !isAbout || unreached.some(({ place }) => place !== about?.place), refusals };
      }
      if (!isObjectType(returned) || holds(returned, UNKNOWN)) return NOTHING;
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

    function walk(type: GraphQLObjectType, nodes: readonly FieldNode[], value: Value, path: Path, owner: Owner) {
      for (const [key, [node = never(), ...more]] of fieldsOf(nodes)) {
        const at = [...path, key];
        const answered = value[key];
        const field = fieldOf(type, node);
        const verdict = refusalsAt(type, node, owner);
        const own = errorsAt(at).filter(({ extensions: { code } }) => ACCESS_CODES.has(code));
        // A mutation is refused before it is done, and then it may be for something deeper.
        const isRefused = own.some((error) => isMutation || error.path?.length === at.length);
        if (verdict.isCertain && (answered !== null || !isRefused)) complain(at, `let in, not ${said(verdict)}`);
        checkQuestion(field, answered, at, owner);
        checkNamed(type, node, answered, at);
        const below = getNamedType(field.type);
        if (isObjectType(below)) walkObjects(below, [node, ...more], answered, at, owner);
      }
    }

    function walkObjects(type: GraphQLObjectType, nodes: FieldNode[], value: unknown, path: Path, owner: Owner) {
      if (Array.isArray(value))
        for (const [n, one] of value.entries()) walkObjects(type, nodes, one, [...path, n], owner);
      if (value === null || value === undefined || Array.isArray(value)) return;
      const object = value as Value;
      if (object['__typename'] !== type.name) complain(path, `is a ${object['__typename']}`);
      // What has no id, such as an edge, is about the object at which it was asked for.
      const whose = type.getFields()['id'] ? rowsOf(type.name, after).get(String(object['id'])) : owner;
      if (type.getFields()['id'] && !isReached(type.name, object['id'], after))
        complain(path, `a ${type.name} that is out of reach`);
      if (!holds(type, whose)) complain(path, `a ${type.name} that is nobody's to see`);
      walk(type, nodes, object, path, whose);
    }

    /** "Whether deleteNote would let the viewer in.": for the object at which it is asked. */
    function checkQuestion(
      { description }: { description?: string | null | undefined },
      answered: unknown,
      path: Path,
      owner: Owner,
    ) {
      const [, name = ''] = /^Whether (\w+) would let the viewer in\.$/.exec(description ?? '') ?? [];
      const mutation = schema.getMutationType()?.getFields()[name];
      if (mutation && typeof answered === 'boolean' && answered !== holds(mutation, owner))
        complain(path, `${answered}, which is not what ${name} would say`);
    }

    /** Who reaches what an id of a query names gets it, and nobody else does. */
    function checkNamed(type: GraphQLObjectType, node: FieldNode, answered: unknown, path: Path) {
      const field = fieldOf(type, node);
      const returned = getNamedType(field.type).name;
      const [arg] = argumentsOf(node);
      const isLookUp =
        arg && type === schema.getQueryType() && names[`${type.name}.${field.name}(${arg.name.value})`] === returned;
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
export const ACCESS_CODES = new Set([
  'UNAUTHENTICATED',
  'TOKEN_EXPIRED',
  'INVALID_TOKEN',
  'SESSION_ENDED',
  'FORBIDDEN',
  'NOT_FOUND',
]);
/** What an answer may say for reasons that are none of the judge's business. */
const OTHER_CODES = new Set(['BAD_USER_INPUT', 'OPERATION_REFUSED']);
/** Whose something is that is not seen. */
const UNKNOWN = undefined;
const NOTHING: Verdict = { isCertain: false, refusals: [] };

const meaningOf = (rule: string) =>
  MEANING[rule] ?? never(`The judge does not know what ${rule} means. Add it to MEANING in reference-judge.ts.`);

const said = ({ refusals }: Verdict) =>
  refusals.map(({ on, code }) => `${code.join('/')} by ${on}`).join(' or ') || 'let in';

const ruleIn = (directives: readonly ConstDirectiveNode[] = []) => {
  const [rule] = directives.find(({ name }) => name.value === 'auth')?.arguments ?? [];
  return rule?.value.kind === Kind.LIST ? rule.value.values.map((value) => print(value)) : undefined;
};

const rowsOf = (type = '', rows: Rows) =>
  rows[type] ??
  never(`Nobody has said whose a ${type} is. Add its owners to the samples of its domain (test/access/samples.ts).`);

const isRoot = (type: GraphQLObjectType, schema: GraphQLSchema) =>
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type);

const fieldOf = (type: GraphQLObjectType, { name }: FieldNode) =>
  type.getFields()[name.value] ?? never(`There is no ${type.name}.${name.value}.`);

/** Who asks; of whom nobody is taken for a viewer, the code that says why. */
export type Asker = { id: string; role: string } | string;
/** For each type, whose each of its rows is, by its id. */
export type Rows = Record<string, Map<string, string | null>>;

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

type Owner = string | null | undefined;
type Path = (string | number)[];
type Value = Record<string, unknown>;
type AnswerError = NonNullable<Answer['errors']>[number];
