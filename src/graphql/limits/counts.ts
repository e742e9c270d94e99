import { type DocumentNode, Kind, Lexer, type SelectionNode, type SelectionSetNode, Source, TokenKind } from 'graphql';

/** How many tokens the text has, as far as it can be read. */
export function tokensIn(text: string): number {
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  try {
    while (lexer.advance().kind !== TokenKind.EOF) tokens += 1;
  } catch {
    // The parser stops at the same place, and says why.
  }
  return tokens;
}

/**
 * What each operation of a document asks for, whatever the schema: what is in a fragment counts wherever it is used, but is looked at
 * once, so that fragments within fragments multiply the counts and not the work.
 */
export function countsOf(document: DocumentNode): Counts[] {
  const fragments = fragmentsOf(document);
  const counted = new Map<string, Counts>();

  const ofSet = (set: SelectionSetNode | undefined) => (set?.selections ?? []).map(ofSelection).reduce(sum, NOTHING);

  function ofSelection(node: SelectionNode): Counts {
    const directives = node.directives?.length ?? 0;
    if (node.kind === Kind.FRAGMENT_SPREAD) return sum(ofFragment(node.name.value), { ...NOTHING, directives });
    const below = ofSet(node.selectionSet);
    if (node.kind === Kind.INLINE_FRAGMENT) return sum(below, { ...NOTHING, directives });
    return {
      depth: below.depth + 1,
      rootFields: 1,
      aliases: below.aliases + (node.alias ? 1 : 0),
      directives: below.directives + directives,
      introspections: below.introspections + (INTROSPECTION.has(node.name.value) ? 1 + below.aliases : 0),
    };
  }

  function ofFragment(name: string): Counts {
    const known = counted.get(name);
    if (known) return known;
    // One that leads back to itself is for validation to refuse.
    counted.set(name, NOTHING);
    const fragment = fragments.get(name);
    const directives = fragment?.directives?.length ?? 0;
    const counts = sum(ofSet(fragment?.selectionSet), { ...NOTHING, directives });
    counted.set(name, counts);
    return counts;
  }

  return document.definitions.flatMap((one) =>
    one.kind === Kind.OPERATION_DEFINITION
      ? [sum(ofSet(one.selectionSet), { ...NOTHING, directives: one.directives?.length ?? 0 })]
      : [],
  );
}

export const fragmentsOf = ({ definitions }: DocumentNode) =>
  new Map(
    definitions
      .filter((one) => one.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );

const sum = (a: Counts, b: Counts): Counts => ({
  depth: Math.max(a.depth, b.depth),
  rootFields: a.rootFields + b.rootFields,
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives,
  introspections: a.introspections + b.introspections,
});

const NOTHING = { depth: 0, rootFields: 0, aliases: 0, directives: 0, introspections: 0 };
const INTROSPECTION = new Set(['__schema', '__type']);

interface Counts {
  /** Of the deepest field. */
  depth: number;
  rootFields: number;
  aliases: number;
  directives: number;
  /** Questions for the schema, which have no pages that limit them: an alias within one counts like another. */
  introspections: number;
}
