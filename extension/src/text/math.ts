import type { TokenizerAndRendererExtension, Tokens } from 'marked';

/** The longest formula that is typeset; longer ones are shown as they are written. */
const MAX_FORMULA = 2000;

/** A formula of a chat model, without its delimiters. */
export interface IFormula extends Tokens.Generic {
  type: 'formula';
  tex: string;
  isDisplayed: boolean;
}

const INLINE = [
  /^\$\$([^$]+?)\$\$/,
  /^\\{1,2}\[([\s\S]+?)\\{1,2}\]/,
  /^\\{1,2}\(([\s\S]+?)\\{1,2}\)/,
  // as in Pandoc, so that sums of money are none
  /^\$(?![\s$])((?:\\[^\n]|[^$\\\n])+?)(?<![\s\\])\$(?!\d)/
];
const BLOCK =
  /^ {0,3}(?:\$\$([^$]+?)\$\$|\\{1,2}\[([\s\S]+?)\\{1,2}\]) *(?:\n|$)/;

/** A marker that a chat model has escaped. */
const MARKER = /^[\d,\s]+$/;

/** Formulas in a chat model's Markdown: `\(…\)`, `$…$`, `\[…\]`, `$$…$$`, and with doubled backslashes. */
export const FORMULAS: TokenizerAndRendererExtension[] = [
  {
    name: 'formula',
    level: 'inline',
    start: src => src.match(/\$|\\{1,2}[([]/)?.index,
    tokenizer: src => {
      for (const [place, pattern] of INLINE.entries()) {
        const found = pattern.exec(src.slice(0, MAX_FORMULA));
        if (found) {
          return formula(found[0], found[1], place < 2);
        }
      }
      return undefined;
    }
  },
  {
    name: 'formulaBlock',
    level: 'block',
    start: src => src.match(/^ {0,3}(?:\$\$|\\{1,2}\[)/m)?.index,
    tokenizer: src => {
      const found = BLOCK.exec(src.slice(0, MAX_FORMULA));
      return found ? formula(found[0], found[1] ?? found[2], true) : undefined;
    }
  }
];

function formula(
  raw: string,
  tex: string,
  isDisplayed: boolean
): IFormula | undefined {
  return tex.trim() && !MARKER.test(tex)
    ? { type: 'formula', raw, tex: tex.trim(), isDisplayed }
    : undefined;
}

/**
 * Commands that do more than draw: links and HTML attributes, and definitions, which would hold for every other formula
 * of the page.
 */
const ACTIVE =
  /\\(?:href|url|require|class|cssId|style|data|html|unicode|include|input|(?:re)?new|provide|[gex]?def|let|global|Declare|define|mml|toggle|endtoggle|texttip|mathtip|csname|tag|label|(?:eq)?ref)/i;

/** Whether a formula may be handed to the typesetter; a chat model has written it. */
export function isInert(tex: string): boolean {
  return !ACTIVE.test(tex);
}
