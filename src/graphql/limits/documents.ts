import type { DocumentNode, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { AppPlugin } from '../../context.ts';

/**
 * Keeps documents that were parsed and found valid, by their text, for whoever sends them again. What is kept has an end in bytes, and
 * a document that would take the place of many is not kept, so that nobody can fill the memory with documents.
 */
export function useKnownDocuments(): AppPlugin {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: MAX_SIZE,
    maxEntrySize: MAX_SIZE / 16,
    sizeCalculation: sizeOf,
  });
  const validFor = new WeakMap<DocumentNode, GraphQLSchema>();
  return {
    onParse({ params: { source }, setParsedDocument }) {
      const document = documents.get(String(source));
      if (document) setParsedDocument(document);
    },
    onValidate({ params: { schema, documentAST }, setResult }) {
      if (validFor.get(documentAST) === schema) return void setResult([]);
      return ({ valid }) => {
        if (!valid || !documentAST.loc) return;
        validFor.set(documentAST, schema);
        documents.set(documentAST.loc.source.body, documentAST);
      };
    },
  };
}

/** In bytes, about: the text, a node or two for each token, and the plan that is made of them. Comments are tokens too. */
function sizeOf({ loc }: DocumentNode, text: string) {
  let tokens = 0;
  for (let token = loc?.startToken ?? null; token; token = token.next) tokens += 1;
  return 2 * text.length + BYTES_PER_TOKEN * tokens;
}

const BYTES_PER_TOKEN = 800;
const MAX_SIZE = 8_000_000;
