/** How the warning about words that no passage has begins and goes on; see `answer/doubts.py`. */
const DOUBTS =
  /^In no passage: (.+?)(?: and \d+ more)?\. Check before you rely on it: (.*)$/s;
const MORE = / and (\d+) more sentences$/;

/** What an answer says that no passage does. */
export interface IDoubts {
  readonly words: readonly string[];
  /** How many statements have such words. */
  readonly statements: number;
}

/** Return what is doubtful in an answer by its warnings; null for nothing. */
export function doubtsOf(warnings: readonly string[]): IDoubts | null {
  for (const warning of warnings) {
    const [, words, said] = DOUBTS.exec(warning) ?? [];
    if (words !== undefined) {
      const more = Number(MORE.exec(said)?.[1] ?? 0);
      const quoted = said.match(/“[^“]*”/g)?.length ?? 0;
      return {
        words: words.split(', '),
        statements: Math.max(1, quoted + more)
      };
    }
  }
  return null;
}

/** Return a pattern that finds these words as wholes; null for none. */
export function patternOf(words: readonly string[]): RegExp | null {
  const escaped = [...words]
    .sort((one, other) => other.length - one.length)
    .map(word => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return escaped.length
    ? new RegExp(
        `(?<![\\p{L}\\p{N}])(${escaped.join('|')})(?![\\p{L}\\p{N}])`,
        'u'
      )
    : null;
}
