import { reachBy } from '../../src/access/reach.ts';
import { rules } from '../../src/access/rules.ts';
import type { Prisma } from '../../src/db/generated/client.ts';

/** All rows, as if their rule were PUBLIC. */
export const everyRow = <Model extends Prisma.ModelName>(model: Model) => reachBy(model, ['PUBLIC'], {}, rules, null);
