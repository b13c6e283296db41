import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ILocated } from '../net/wire';
import { containsText } from '../open/span';
import { nameOf, placeOf } from '../text/words';

/** What the view shows: the text of a document around a span, and whether the quote is there. */
export interface IReading {
  readonly located: ILocated;
  readonly isMarked: boolean;
}

/** Return what to show of a place: the quote is marked only where the text still says it. */
export function readingOf(located: ILocated, quote: string): IReading {
  const { text = '', text_start = 0, start, end } = located;
  const said = Array.from(text)
    .slice(start - text_start, end - text_start)
    .join('');
  const isSame =
    !quote || (containsText(said, quote) && containsText(quote, said));
  return { located, isMarked: said.trim() !== '' && isSame };
}

/** The text of a document as it was indexed, with a quote marked, for kinds of files that JupyterLab does not show. */
export class TextView extends ReactWidget {
  constructor(private readonly _trans: TranslationBundle) {
    super();
    this.addClass('jp-LocalAI-reading');
  }

  read(reading: IReading): void {
    this._reading = reading;
    this.update();
  }

  protected render(): JSX.Element | null {
    return (
      this._reading && <Reading reading={this._reading} trans={this._trans} />
    );
  }

  private _reading: IReading | null = null;
}

function Reading(props: {
  reading: IReading;
  trans: TranslationBundle;
}): JSX.Element {
  const { trans, reading } = props;
  const {
    path,
    anchor,
    text = '',
    text_start = 0,
    start,
    end
  } = reading.located;
  const mark = React.useRef<HTMLElement>(null);
  React.useLayoutEffect(() => {
    mark.current?.scrollIntoView({ block: 'center' });
  }, [reading]);
  const letters = React.useMemo(() => Array.from(text), [text]);
  const [from, to] = [start - text_start, end - text_start];
  const part = (first: number, last?: number): string =>
    letters.slice(first, last).join('');
  return (
    <>
      <div className="jp-LocalAI-readingHead">
        <h2>{nameOf(path)}</h2>
        <span>{placeOf(anchor, trans)}</span>
        <p>
          {trans.__('The text as it was indexed, without layout and pictures.')}
        </p>
      </div>
      <div
        className="jp-LocalAI-readingText"
        role="region"
        aria-label={trans.__('Text of %1', nameOf(path))}
        tabIndex={0}
        dir="auto"
      >
        {text_start > 0 && '… '}
        {reading.isMarked ? (
          <>
            {part(0, from)}
            <mark ref={mark}>{part(from, to)}</mark>
            {part(to)}
          </>
        ) : (
          text
        )}
      </div>
    </>
  );
}
