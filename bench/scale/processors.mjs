// Processor time, as Linux tells it.
import { readFileSync } from 'node:fs';

/** Milliseconds that a process and all its children have had, those that have ended too. */
export function timeOfFamily(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const theirs = children.reduce((sum, child) => sum + ownOrNothing(child), 0);
  const { own, ended } = statusOf(pid);
  return theirs + own + ended;
}

export const parentOf = (pid) => statusOf(pid).parent;

function ownOrNothing(pid) {
  try {
    return statusOf(pid).own;
  } catch (error) {
    // It has ended meanwhile, and counts with its parent.
    if (error.code === 'ENOENT') return 0;
    throw error;
  }
}

function statusOf(pid) {
  // The command's name, in brackets, may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15);
  return { parent: fields[1], own: (user + system) * TICK, ended: (endedUser + endedSystem) * TICK };
}

/** Milliseconds. */
const TICK = 10;
