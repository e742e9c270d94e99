import SchemaBuilder from '@pothos/core';
import PrismaPlugin from '@pothos/plugin-prisma';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { scopeAuthOptions } from '../access/enforcing.ts';
import AccessPlugin from '../access/plugin.ts';
import { type LookUps, rules } from '../access/rules.ts';
import type { Context } from '../context.ts';
import type { Db } from '../db/database.ts';
import type PrismaTypes from '../db/generated/pothos.ts';
import { getDatamodel } from '../db/generated/pothos.ts';
import { lookUp } from './look-ups.ts';

export const access = { rules, identify: (context: Context) => context.identity.current(), lookUp };

export const builder = new SchemaBuilder<{
  Context: Context;
  AuthScopes: Record<keyof typeof rules, LookUps>;
  PrismaTypes: PrismaTypes;
  DefaultFieldNullability: false;
  Scalars: {
    DateTime: { Input: Date; Output: Date };
    ID: { Input: string; Output: string };
  };
}>({
  plugins: [AccessPlugin, ScopeAuthPlugin, PrismaPlugin],
  defaultFieldNullability: false,
  access,
  scopeAuth: scopeAuthOptions(access),
  // Nothing of it but types: where it would query, it gets what resolvers get.
  prisma: { client: (context) => context.db as Db, dmmf: getDatamodel(), exposeDescriptions: false },
});

builder.queryType();
builder.mutationType();
