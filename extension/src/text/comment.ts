import type { TranslationBundle } from '@jupyterlab/translation';

import type { IAnswer } from '../net/wire';
import { nameOf, placeOf } from './words';

/** The number of sources to name. */
const FEW = 3;

/** The start of a line comment, with the languages as kernels and MIME types name them. */
const COMMENTS: Record<string, string> = {
  '#': 'python ipython r rsrc julia ruby perl bash sh shell zsh powershell elixir nim coffeescript crystal',
  '//': 'javascript typescript java c csrc c++ c++src cpp csharp c# f# fsharp scala rust rustsrc go kotlin swift php groovy dart',
  '--': 'sql haskell lua ada',
  '%': 'matlab octave prolog erlang',
  ';;': 'scheme clojure lisp common-lisp racket'
};

const BEGINS = new Map(
  Object.entries(COMMENTS).flatMap(([begin, names]) =>
    names.split(' ').map(name => [name, begin] as const)
  )
);

/** Return an answer's sources as a comment; empty without sources or for an unknown language. */
export function sourcesComment(
  answer: IAnswer,
  language: string,
  trans: TranslationBundle
): string {
  const name = language.toLowerCase().replace(/^(text|application)\/(x-)?/, '');
  const begin = BEGINS.get(name);
  const sources = [
    ...new Set(
      answer.citations.map(({ path, anchor }) =>
        [nameOf(path), placeOf(anchor, trans)].filter(Boolean).join(', ')
      )
    )
  ];
  if (!begin || !sources.length) {
    return '';
  }
  const more = sources.length - FEW;
  const named = sources.slice(0, FEW).join('; ');
  const summary =
    more > 0
      ? trans.__('Sources: %1; and %2 more', named, more)
      : trans.__('Sources: %1', named);
  // a file name may contain characters that end the line or hide the rest of it
  return `${begin} ${summary.replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').replace(/\\+$/, '')}`;
}
