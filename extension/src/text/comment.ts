import type { TranslationBundle } from '@jupyterlab/translation';

import type { IAnswer } from '../net/wire';
import { nameOf, placeOf } from './words';

/** So many sources are named. */
const FEW = 3;

/** How a comment up to the end of its line begins, by languages as kernels and MIME types call them. */
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

/** The sources of an answer as a comment; empty without any, or for a language whose comments are not known. */
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
  const told =
    more > 0
      ? trans.__('Sources: %1; and %2 more', named, more)
      : trans.__('Sources: %1', named);
  // a name of a file may have what ends a line, or hides what follows
  return `${begin} ${told.replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').replace(/\\+$/, '')}`;
}
