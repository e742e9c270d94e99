import { cpSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { startProcess } from '../kit/process.ts';

/** Does what the Dockerfile says under `root`, where each stage is a folder in place of an image; the last one, and how it is run. */
export async function buildImage(root: string): Promise<Image> {
  const stages: Record<string, string> = {};
  const image: Image = { root: '', directory: '', env: {}, command: [], healthCheck: [] };
  for (const [instruction, text] of instructions()) {
    const directory = join(image.root, image.directory);
    if (instruction === 'FROM') {
      const stage = text.split(' AS ')[1] ?? 'last';
      stages[stage] = join(root, stage);
      Object.assign(image, { root: stages[stage], directory: '/', env: {} });
      mkdirSync(image.root);
    } else if (instruction === 'WORKDIR') {
      image.directory = text;
      mkdirSync(join(image.root, text), { recursive: true });
    } else if (instruction === 'COPY') copy(text, image, stages);
    else if (instruction === 'RUN') await run(text, directory);
    else if (instruction === 'ENV') Object.assign(image.env, Object.fromEntries([text.split('=')]));
    else if (instruction === 'HEALTHCHECK') image.healthCheck = JSON.parse(text.split(' CMD ')[1] ?? '');
    else if (instruction === 'CMD') image.command = JSON.parse(text);
    else if (instruction !== 'USER' && instruction !== 'EXPOSE') throw new Error(`Nobody does ${instruction} here.`);
  }
  return image;
}

function instructions(): [string, string][] {
  const text = readFileSync('Dockerfile', 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '');
  return [...text.matchAll(/^([A-Z]+) (.*)$/gm)].map(([, instruction = '', rest = '']) => [instruction, rest]);
}

/** From an earlier stage, which is not needed any more, things are moved. */
function copy(text: string, { root, directory }: Image, stages: Record<string, string>) {
  const words = text.split(' ');
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = resolve(directory, paths.pop() ?? '');
  for (const path of paths) {
    const to = join(root, existsSync(join(root, target)) ? join(target, basename(path)) : target);
    mkdirSync(join(to, '..'), { recursive: true });
    if (from) renameSync(join(stages[from] ?? '', path), to);
    else cpSync(path, to, { recursive: true, filter: isInContext });
  }
}

/** As .dockerignore says, which names what is let in after all. */
function isInContext(path: string) {
  const lines = readFileSync('.dockerignore', 'utf8').split('\n');
  const isUnder = (name: string) => path === name || path.startsWith(`${name}/`);
  return lines.some((line) => line.startsWith('!') && isUnder(line.slice(1))) && !lines.some(isUnder);
}

async function run(command: string, cwd: string) {
  // Nothing of this machine's: HOME holds the address of the registry and npm's cache.
  const { HOME, npm_config_registry } = process.env;
  const env = { HOME, npm_config_registry, npm_config_prefer_offline: 'true' };
  const { code, output } = await startProcess('sh', ['-ec', command], { cwd, env, leads: true }).ended;
  if (code !== 0) throw new Error(`RUN ${command} failed:\n${output}`);
}

interface Image {
  /** The folder that is in place of /. */
  root: string;
  /** Where the command runs, in there. */
  directory: string;
  env: Record<string, string>;
  command: string[];
  healthCheck: string[];
}
