/** Whether a secret is no secret: examples from documentation, single words with numbers, one thing repeated, runs of the keyboard or the alphabet. */
export function isGuessable(secret: string) {
  const letters = secret.toLowerCase().replace(/[^a-z0-9]/g, '');
  return (
    EXAMPLES.some((example) => letters.includes(example)) ||
    /^(.{1,16}?)\1+.{0,15}$/s.test(secret) ||
    new Set(secret).size < 10 ||
    neighbours(letters) > letters.length / 2
  );
}

/** How many letters stand beside the same one in the alphabet, among the digits or on the keyboard, forwards or backwards. */
const neighbours = (letters: string) =>
  [...letters.slice(1)].filter(
    (letter, i) => RUNS.includes(`${letters[i]}${letter}`) || RUNS.includes(`${letter}${letters[i]}`),
  ).length;

const EXAMPLES = [
  'changeme',
  'changethis',
  'replaceme',
  'yoursecret',
  '256bit',
  'aym1sysppbydfgzld3umj1qz', // the key of RFC 7515, appendix A.1
  'supersecret',
  'mysecret',
  'topsecret',
  'jwtsecret',
  'secretkey',
  'secretsecret',
  'keyboardcat',
  'example',
  'password',
  'latchkey',
  'insecure',
  'donotuse',
  'development',
];

const RUNS = 'abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm';
