/** Deletes whatever matches, in statements that stay short however many rows have gathered. `deleteBatch` tells how many it found. */
export async function deleteInBatches(deleteBatch: (size: number) => Promise<number>): Promise<void> {
  while ((await deleteBatch(BATCH)) === BATCH);
}

/** Rows. */
const BATCH = 5000;
