import type { FieldNullability, InputFieldMap, InputShapeFromFields, SchemaTypes, TypeParam } from '@pothos/core';
import type { ErrorCode } from '../errors.ts';
import type { AccessOptions } from './enforcing.ts';
import type { AccessPlugin } from './plugin.ts';
import type { OwnerId, Viewer } from './rules.ts';

/** What types and fields are declared with, besides what Pothos knows. */
declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      access: AccessPlugin<Types>;
    }
    export interface SchemaBuilderOptions<Types extends SchemaTypes> {
      access: AccessOptions<Types['Context']>;
    }
    export interface ObjectTypeOptions<Types extends SchemaTypes = SchemaTypes, Shape = unknown> {
      /** Who may reach the fields of this type: whoever satisfies at least one of the rules. */
      auth: RuleOf<Types>;
      /** What must hold besides: rules about the viewer alone. */
      allOf?: RuleOf<Types>;
      /**
       * The property, and column, with the id of the user to whom the object belongs; needed where the rule has OWNER. A function
       * of the object serves a type that is never listed.
       */
      owner?: NoInfer<ColumnOf<Shape>> | ((object: Shape) => OwnerId);
      /** For each rule about a relation: the relation and in it the column with users' ids, as in `shares.userId`; or a function. */
      related?: RelatedOf<Types, Shape, string>;
    }
    export interface FieldOptions<
      Types extends SchemaTypes = SchemaTypes,
      ParentShape = unknown,
      Type extends TypeParam<Types> = TypeParam<Types>,
      Nullable extends FieldNullability<Type> = FieldNullability<Type>,
      Args extends InputFieldMap = InputFieldMap,
      ResolveShape = unknown,
      ResolveReturnShape = unknown,
    > {
      /** Who may reach this field, besides what its type asks: whoever satisfies at least one of the rules. */
      auth?: RuleOf<Types>;
      /** What must hold besides: rules about the viewer alone, such as RECENT. */
      allOf?: RuleOf<Types>;
      /** The code for a viewer whom the rule does not let in, where it is not FORBIDDEN. */
      deny?: ErrorCode;
      /** A refusal takes the object along that the field is of; otherwise a field stricter than its type has to be nullable. */
      takesParent?: true;
    }
    export interface InputFieldOptions<Types extends SchemaTypes, Type, Req> {
      /** Who may set it: whoever satisfies at least one of the rules. To leave it out is not to set it; null sets it. */
      auth?: RuleOf<Types>;
      /** The type of what the id names, which the viewer must reach: what is missing and what is foreign is NOT_FOUND alike. */
      refersTo?: string;
      /** The resolver's own condition answers for what the viewer does not reach, the same for missing and foreign. */
      answersItself?: true;
    }
    export interface QueryFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > extends RootFieldOptions<Types, Args> {
      /** Who may ask for this field: whoever satisfies at least one of the rules. */
      auth: RuleOf<Types>;
    }
    export interface MutationFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > extends RootFieldOptions<Types, Args> {
      /** Who may ask for this field: whoever satisfies at least one of the rules. */
      auth: RuleOf<Types>;
      /**
       * A mutation runs in one transaction with its answer, and is undone if that has an error. False for one that has transactions of
       * its own, since it takes too long for one, or must not undo what it has found out.
       */
      transaction?: false;
      /** The answer is for whoever has just signed in, so that nothing of it can be judged before. */
      signsIn?: true;
    }
    export interface SubscriptionFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveShape,
      ResolveReturnShape,
    > extends RootFieldOptions<Types, Args> {
      /** Who may ask for this field: whoever satisfies at least one of the rules. */
      auth: RuleOf<Types>;
    }
  }
}

interface RootFieldOptions<Types extends SchemaTypes, Args extends InputFieldMap> {
  /** The id of the user to whom what the field reaches belongs; needed where the rule has OWNER. */
  owner?: OwnerOf<Types, Args>;
  /** Whether a rule holds between what the field reaches and the viewer, for each that needs to be told. */
  related?: RelatedOf<Types, InputShapeFromFields<Args>>;
}

type OwnerOf<Types extends SchemaTypes, Args extends InputFieldMap> = (
  args: InputShapeFromFields<Args>,
  context: Types['Context'],
) => OwnerId | Promise<OwnerId>;

type RelatedOf<Types extends SchemaTypes, About, Path = never> = {
  [Name in keyof Types['AuthScopes']]?:
    | Path
    | ((about: About, viewer: Viewer, context: Types['Context']) => boolean | Promise<boolean>);
};

/** The properties that can hold an id. */
type ColumnOf<Shape> = {
  [Name in keyof Shape]: Shape[Name] extends string | null | undefined ? Name : never;
}[keyof Shape] &
  string;

/** At least one: an empty rule would say nothing. */
type RuleOf<Types extends SchemaTypes> = readonly [Name<Types>, ...Name<Types>[]];

type Name<Types extends SchemaTypes> = keyof Types['AuthScopes'] & string;
