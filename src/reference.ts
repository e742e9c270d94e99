import { z } from 'zod';
import { SECRETS, Variables } from './config/variables.ts';
import { ERRORS } from './errors.ts';

/** Pages whose part between the comments `<!-- made -->` and `<!-- /made -->` is what the code says. */
export const REFERENCE = {
  'docs/errors.md': errorSections,
  'docs/configuration.md': variableTable,
};

/** The page with that part as it should be. Throws where it has no place for it. */
export function withReference(page: string, made: () => string): string {
  const [before, , after] = page.split(/(?<=<!-- made -->\n)(.*)(?=<!-- \/made -->)/s);
  if (before === undefined || after === undefined) throw new Error('The page has no <!-- made -->.');
  return `${before}\n${made()}\n${after}`;
}

/** All codes at a glance, then each by itself. */
function errorSections(): string {
  const codes = Object.entries(ERRORS);
  return [
    '| Code | Status | What the client does |',
    '| --- | --- | --- |',
    ...codes.map(([code, { status, client }]) => `| [\`${code}\`](#${code.toLowerCase()}) | ${status} | ${client} |`),
    '',
    ...codes.flatMap(([code, { sentence, means, extensions }]) => [
      `### ${code}`,
      '',
      `> ${sentence}`,
      '',
      means,
      '',
      ...(extensions.length > 0
        ? [`In \`extensions\`: ${extensions.map((name) => `\`${name}\``).join(', ')}.`, '']
        : []),
    ]),
  ].join('\n');
}

function variableTable(): string {
  return [
    '| Variable | Default | What it is |',
    '| --- | --- | --- |',
    ...Object.entries(Variables.shape).map(([name, variable]) => {
      const names = SECRETS.includes(name) ? `\`${name}\`, \`${name}_FILE\`` : `\`${name}\``;
      const { description, default: said } = variable.meta() ?? {};
      return `| ${names} | ${said ?? fallbackOf(variable)} | ${description} |`;
    }),
    '',
  ].join('\n');
}

/** As somebody would write it; empty for a variable that is not set unless somebody does. */
function fallbackOf(variable: z.core.$ZodType): string {
  if (variable instanceof z.ZodDefault || variable instanceof z.ZodPrefault) {
    const { defaultValue } = variable.def;
    return defaultValue === '' ? '' : `\`${defaultValue}\``;
  }
  return variable instanceof z.ZodPipe ? fallbackOf(variable.in) : '';
}
