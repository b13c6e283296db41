import * as React from 'react';

import type { IAnswer } from '../net/wire';
import { doubtsOf, patternOf } from '../text/doubts';
import { nameOf } from '../text/words';
import { CodeBlock } from './code';
import { useAnswer } from './context';
import { Formula } from './formula';
import type { IDrawing } from './markdown';
import { passageOf } from './passage';
import { WithPreview } from './preview';

/** The marker last followed, and how many times markers were followed. */
export interface IFollowedMarker {
  marker: number;
  count: number;
}

/** Return how to render an answer's code and markers, and the marker that the user last clicked. */
export function useDrawing(answer: IAnswer | undefined): {
  drawing: IDrawing;
  followed: IFollowedMarker;
} {
  const { trans } = useAnswer();
  const [followed, follow] = React.useState({ marker: 0, count: 0 });
  const drawing = React.useMemo((): IDrawing => {
    const sources = new Map(answer?.citations.map(c => [c.marker, c]));
    return {
      doubtful: patternOf(doubtsOf(answer?.warnings ?? [])?.words ?? []),
      formula: (tex, isDisplayed) => (
        <Formula tex={tex} isDisplayed={isDisplayed} />
      ),
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
                onClick={() =>
                  follow(({ count }) => ({ marker: number, count: count + 1 }))
                }
                aria-describedby={describedBy}
              >
                {number}
              </button>
            )}
          </WithPreview>
        );
      }
    };
  }, [answer, trans]);
  return { drawing, followed };
}
