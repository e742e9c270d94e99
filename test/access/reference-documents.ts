import {
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentSpreadNode,
  type GraphQLArgument,
  type GraphQLInputField,
  getNamedType,
  isInputObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  type ValueNode,
  visit,
} from 'graphql';

/** The names of the root fields that a document asks for. */
export function rootsIn(text: string) {
  const document = parse(text);
  const fields = [...collected([rootOf(operationOf(document))], document).values()];
  return fields.flatMap(([node]) => (node ? [node.name.value] : []));
}

/** As if the operation were asked at one field. */
export const rootOf = ({ selectionSet }: OperationDefinitionNode): FieldNode => ({
  kind: Kind.FIELD,
  name: { kind: Kind.NAME, value: 'root' },
  selectionSet,
});

/** With the default of each variable, which is what it is sent with, in its place. */
export function inlined(document: DocumentNode): DocumentNode {
  const variableDefinitions = operationOf(document).variableDefinitions ?? [];
  const values = new Map(variableDefinitions.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]));
  const replaced = (node: ASTNode) => (node.kind === Kind.VARIABLE ? values.get(node.name.value) : undefined);
  return visit(document, { VariableDefinition: () => null, Variable: replaced });
}

function partOf({ name }: FragmentSpreadNode, { definitions }: DocumentNode) {
  const parts = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  return parts.find((part) => part.name.value === name.value)?.selectionSet ?? never();
}

/** The fields that are asked of an object at these nodes, by the name under which they are answered. */
export function collected(nodes: readonly FieldNode[], document: DocumentNode) {
  const fields = new Map<string, FieldNode[]>();
  const collect = ({ selections }: SelectionSetNode) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        if (selection.name.value === '__typename') continue;
        const key = (selection.alias ?? selection.name).value;
        fields.set(key, [...(fields.get(key) ?? []), selection]);
      } else collect(selection.kind === Kind.INLINE_FRAGMENT ? selection.selectionSet : partOf(selection, document));
    }
  };
  for (const { selectionSet } of nodes) if (selectionSet) collect(selectionSet);
  return fields;
}

export const argumentsOf = ({ arguments: given = [] }: FieldNode) => given;

/** Every input that is given, at any depth, with its place and value. */
export function inputsIn(
  inputs: readonly Input[],
  given: readonly GivenNode[],
  placeOf: (name: string) => string,
): Given[] {
  return given.flatMap(({ name, value }) => {
    const input = inputs.find((one) => one.name === name.value) ?? never();
    const type = getNamedType(input.type);
    const below = isInputObjectType(type)
      ? objectsIn(value).flatMap((fields) =>
          inputsIn(Object.values(type.getFields()), fields, (field) => `${type.name}.${field}`),
        )
      : [];
    return [{ place: placeOf(name.value), input, value }, ...below];
  });
}

const objectsIn = (value: ValueNode): (readonly GivenNode[])[] => {
  if (value.kind === Kind.LIST) return value.values.flatMap(objectsIn);
  return value.kind === Kind.OBJECT ? [value.fields] : [];
};

export const idsIn = (value: ValueNode): string[] => {
  if (value.kind === Kind.LIST) return value.values.flatMap(idsIn);
  return value.kind === Kind.STRING ? [value.value] : [];
};

export const idIn = (value: ValueNode) => idsIn(value)[0] ?? '';

export const operationOf = ({ definitions }: DocumentNode) =>
  definitions.find((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION) ?? never();

export const never = (what = 'never'): never => {
  throw new Error(what);
};

interface Given {
  place: string;
  input: Input;
  value: ValueNode;
}

type Input = GraphQLArgument | GraphQLInputField;
type GivenNode = { name: { value: string }; value: ValueNode };
