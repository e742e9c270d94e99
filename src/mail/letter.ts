import { type Facts, type Letter, TEMPLATES, type Template } from './templates.ts';

/** The mail as text and as HTML, in which nothing that the facts hold is more than text. `token` is that of its link. */
export function writeLetter(template: Template, facts: Facts, token: string | null, appUrl: string): Written {
  const short = Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, onOneLine(fact ?? '')]));
  const { subject, text, link }: Letter = TEMPLATES[template](short);
  // Behind the #: no server gets to see it, nor does it stay in anybody's log.
  const href = link ? `${appUrl}#/${link.action}?token=${token}` : appUrl;
  const label = link?.label ?? 'Open the page';
  return {
    subject,
    text: [...text, `${label}:\n${href}`].join('\n\n'),
    html: page(subject, [...text.map(paragraph), button(href, label), paragraph(href)]),
  };
}

const page = (title: string, parts: string[]) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>:root { color-scheme: light dark }</style>
</head>
<body style="margin: 0; padding: 24px; font: 16px/1.5 system-ui, sans-serif">
<div style="max-width: 34em; margin: 0 auto; overflow-wrap: anywhere">
<h1 style="font-size: 20px">${escaped(title)}</h1>
${parts.join('\n')}
</div>
</body>
</html>
`;

const paragraph = (text: string) => `<p>${escaped(text)}</p>`;

const button = (href: string, label: string) =>
  `<p><a href="${escaped(href)}" style="display: inline-block; padding: 10px 16px; border-radius: 6px; color: #fff; background: #9a5b00">${escaped(label)}</a></p>`;

/** Nothing in it but text, wherever it stands in HTML. */
export const escaped = (text: string) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** What a stranger chose must not look like a part of the mail. */
const onOneLine = (text: string) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 200);

export interface Written {
  subject: string;
  text: string;
  html: string;
}
