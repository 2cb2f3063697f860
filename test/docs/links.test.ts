import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const FOLDERS = ['docs', 'docs/decisions'];
const PAGES = [
  'README.md',
  ...FOLDERS.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name))).filter((path) =>
    path.endsWith('.md'),
  ),
];

/** What a page points at in this repository: a file, and the heading in it where one is named. */
function linksOf(page: string): { readonly file: string; readonly heading: string }[] {
  const text = readFileSync(page, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, to = '']) => to)
    .filter((to) => !/^[a-z]+:/.test(to))
    .map((to) => {
      const [path = '', heading = ''] = to.split('#');
      return { file: path === '' ? page : join(dirname(page), path), heading };
    });
}

/** As GitHub names headings: lower case, words joined by dashes, all else left out. */
function headingsOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(PAGES)('%s', (page) => {
  it('points only at files and headings that are there', () => {
    const broken = linksOf(page).filter(
      ({ file, heading }) => !existsSync(file) || (heading !== '' && !headingsOf(file).includes(heading)),
    );
    expect(broken).toEqual([]);
  });
});

it('the README leads to every page', () => {
  const readme = linksOf('README.md').map(({ file }) => file);
  const pages = PAGES.filter((page) => dirname(page) === 'docs');
  expect(pages.filter((page) => !readme.includes(page))).toEqual([]);
});
