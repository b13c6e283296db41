import * as React from 'react';

import type { IAnswer } from '../net/wire';
import { nameOf } from '../text/words';
import { CodeBlock } from './code';
import { useAnswer } from './context';
import type { IDrawing } from './markdown';
import { passageOf } from './passage';
import { WithPreview } from './preview';

/** Return how to render an answer's code and markers; a click on a marker follows it. */
export function useDrawing(
  answer: IAnswer | undefined,
  follow: (marker: number) => void
): IDrawing {
  const { trans } = useAnswer();
  return React.useMemo(() => {
    const sources = new Map(answer?.citations.map(c => [c.marker, c]));
    return {
      code: (text, language) => (
        <CodeBlock text={text} language={language} answer={answer} />
      ),
      marker: number => {
        const cited = sources.get(number);
        if (!cited) {
          return `[${number}]`;
        }
        const passage = passageOf(cited, answer!.passages);
        return (
          <WithPreview previewed={{ cited, passage, marker: number }}>
            {describedBy => (
              <button
                type="button"
                className="jp-LocalAI-marker"
                aria-label={trans.__(
                  'Source %1, %2',
                  number,
                  nameOf(cited.path)
                )}
                onClick={() => follow(number)}
                aria-describedby={describedBy}
              >
                {number}
              </button>
            )}
          </WithPreview>
        );
      }
    };
  }, [answer, trans, follow]);
}
