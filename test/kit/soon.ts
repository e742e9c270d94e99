/**
 * Milliseconds after which every process must know what another one did: the second that is promised, and ten where the machine
 * may be busy with something else, as it may without CI=true.
 */
export const SOON = process.env['CI'] ? 1000 : 10_000;
