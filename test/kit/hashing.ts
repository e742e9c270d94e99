import { createHashing } from '../../src/auth/hashing.ts';

/** Real hashes at a hundredth of the price, for tests that are not about them. */
export const cheapHashing = createHashing({ strength: { memoryCost: 1024, timeCost: 2, parallelism: 1 } });

export const hashOf = (password: string) => cheapHashing.inTurn({ whose: 'tests' }, (hasher) => hasher.hash(password));
