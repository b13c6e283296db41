import type { Token } from 'marked';
import { Marked } from 'marked';

import { FORMULAS } from './math';

/** The longest paragraph; longer ones are split, because parsing takes time quadratic in their length. */
const MAX_PARAGRAPH = 4000;

/** Markdown without HTML, and without definitions that would turn `[1]` into a link. */
const parser = new Marked({
  gfm: true,
  extensions: FORMULAS,
  tokenizer: {
    html: () => undefined,
    tag: () => undefined,
    def: () => undefined,
    reflink: () => undefined,
    paragraph(src) {
      const raw = this.rules.block.paragraph.exec(src)?.[0] ?? '';
      if (raw.length <= MAX_PARAGRAPH) {
        return false;
      }
      const line = raw.lastIndexOf('\n', MAX_PARAGRAPH) + 1;
      const text = raw.slice(0, line || MAX_PARAGRAPH);
      const tokens = this.lexer.inline(text);
      return { type: 'paragraph', raw: text, text, tokens };
    }
  }
});

/** A top-level block of a text: a paragraph, a list, a code block. */
export interface IBlock {
  readonly start: number;
  readonly token: Token;
}

/**
 * Splits a growing text into blocks.
 *
 * When the text grows, only its last block is parsed again; the others stay the same objects, so that a view need not
 * render them again.
 */
export class Blocks {
  read(text: string): readonly IBlock[] {
    const last = this._blocks.length - 1;
    const grew = last >= 0 && text.startsWith(this._text);
    const from = grew ? this._blocks[last].start : 0;
    const kept = grew ? this._blocks.slice(0, last) : [];
    let start = from;
    for (const token of parser.lexer(text.slice(from))) {
      if (token.type !== 'space') {
        kept.push({ start, token });
      }
      start += token.raw.length;
    }
    this._text = text;
    this._blocks = kept;
    return kept;
  }

  private _text = '';
  private _blocks: IBlock[] = [];
}

/** Return a link's address and its visible site; null for an address that is not allowed. */
export function target(href: string): { href: string; site: string } | null {
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return null;
  }
  switch (url.protocol) {
    case 'http:':
    case 'https:':
      return { href: url.href, site: url.host };
    case 'mailto:':
      return { href: url.href, site: url.pathname };
    default:
      return null;
  }
}

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  '#39': "'"
};

/** Return a text with the HTML entities that chat models write decoded. */
export function decoded(text: string): string {
  return text.replace(
    /&(amp|lt|gt|quot|apos|nbsp|#39);/g,
    (_, name: string) => ENTITIES[name]
  );
}
