/* What holds for the sources and the build, without a browser. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';

const web = fileURLToPath(new URL('../../', import.meta.url));

function sources(): { name: string; text: string }[] {
  return readdirSync(path.join(web, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .map((name) => ({ name, text: readFileSync(path.join(web, 'src', name), 'utf8') }));
}

test('no text becomes HTML or code anywhere', () => {
  const forbidden =
    /dangerouslySetInnerHTML|\.(inner|outer)HTML\b|insertAdjacentHTML|createContextualFragment|document\.write|\beval\(|new Function\(|srcdoc/i;
  const found = sources().flatMap(({ name, text }) =>
    text.split('\n').flatMap((line, i) => (forbidden.test(line) ? [`${name}:${i + 1}: ${line.trim()}`] : [])),
  );
  expect(sources().length).toBeGreaterThan(50);
  expect(found).toEqual([]);
});

test('no source names a foreign host that a browser would ask', () => {
  // Names of XML namespaces are names, nobody asks for them.
  const hosts = sources().flatMap(({ name, text }) =>
    [...text.matchAll(/https?:\/\/(?!www\.w3\.org\/|localhost|127\.0\.0\.1)[a-z0-9.-]+\.[a-z]{2,}/gi)].map(
      ([address]) => `${name}: ${address}`,
    ),
  );
  expect(hosts).toEqual([]);
});

interface Size {
  name: string;
  passed: boolean;
  size: number;
  sizeLimit: number;
}

test('the build keeps its budgets', () => {
  // Its exit status says no more than its output.
  const { stdout } = spawnSync(path.join(web, 'node_modules/.bin/size-limit'), ['--json'], {
    cwd: web,
    encoding: 'utf8',
  });
  const sizes = JSON.parse(stdout) as Size[];
  expect(sizes.length).toBeGreaterThan(4);
  const over = sizes
    .filter(({ passed }) => !passed)
    .map(({ name, size, sizeLimit }) => `${name}: ${size} > ${sizeLimit}`);
  expect(over).toEqual([]);
});
