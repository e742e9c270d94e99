import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A copy of the project without its build. */
export function copyProject(to: string) {
  const parts = [
    'src',
    'test',
    'docs',
    'prisma',
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    '.env.example',
    'schema.graphql',
    'Dockerfile',
    '.dockerignore',
    'compose.yaml',
    'rolldown.config.mjs',
  ];
  for (const name of [...parts, 'package.json', 'tsconfig.json', 'codegen.ts', 'bench', 'examples']) {
    cpSync(name, join(to, name), { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  }
  symlinkSync(resolve('node_modules'), join(to, 'node_modules'));
}

/** Takes tasks out of the copy: all that knows them is in this list, and in nothing else. */
export function removeTasks(copy: string) {
  for (const folder of ['src/tasks', 'test/tasks']) rmSync(join(copy, folder), { recursive: true });
  for (const file of ['without-tasks.ts', 'without-tasks.test.ts']) rmSync(join(copy, 'test/house', file));
  cut(copy, 'src/schema.ts', /^import '\.\/tasks\/schema\.ts';\n/m);
  cut(copy, 'src/seed.ts', /^import \{ seedTasks \}.*\n/m, /seedTasks/);
  cut(copy, 'test/access/samples.ts', /^import \{ samples as tasks \}.*\n/m, /, tasks/);
  cut(
    copy,
    'prisma/schema.prisma',
    /^ +tasks +Task\[\]\n/m,
    /^enum TaskStatus \{[^}]*\}\n\n/m,
    /^model Task \{[^}]*\}\n\n/m,
  );
}

function cut(copy: string, file: string, ...texts: RegExp[]) {
  const path = join(copy, file);
  let content = readFileSync(path, 'utf8');
  for (const text of texts) {
    if (!text.test(content)) throw new Error(`${file} does not hold ${text}.`);
    content = content.replace(text, '');
  }
  writeFileSync(path, content);
}
