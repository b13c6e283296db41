import * as React from 'react';

import type { IAnswer } from '../net/wire';
import { quotesOf } from '../text/quotes';
import { useAnswer } from './context';
import { useDrawing } from './drawing';
import { Sources } from './sources';
import { Foot } from './turn';
import { Markdown } from './views';
import { Warnings } from './warnings';

/** An answer in a notebook, as the panel shows it. */
export function Output(props: { answer: IAnswer }): JSX.Element {
  const { trans } = useAnswer();
  const { answer } = props;
  const { drawing, followed } = useDrawing(answer);
  const cited = [...answer.citations, ...answer.passages];
  const isWithheld =
    answer.mode === 'llm' &&
    cited.length > 0 &&
    answer.citations.every(({ quote }) => !quote) &&
    answer.passages.every(({ text }) => !text);
  return (
    <>
      {answer.query && (
        <p className="jp-LocalAI-note">
          {trans.__('Understood as: %1', answer.query)}
        </p>
      )}
      {!quotesOf(answer) && <Markdown text={answer.text} drawing={drawing} />}
      <Warnings warnings={answer.warnings} />
      {isWithheld && (
        <p className="jp-LocalAI-note">
          {trans.__(
            'Notebooks do not show text of documents (quotes = false).'
          )}
        </p>
      )}
      <Sources answer={answer} followed={followed} />
      <Foot answer={answer} />
      {answer.mode === 'llm' && (
        <p className="jp-LocalAI-note">
          {trans.__('Check important facts against the sources.')}
        </p>
      )}
    </>
  );
}

/** The plain text of an answer that cannot be rendered. */
export function Plain(props: { text: string }): JSX.Element {
  const { trans } = useAnswer();
  return (
    <>
      <p className="jp-LocalAI-note">
        {trans.__(
          'This answer is damaged or comes from another version. Its text:'
        )}
      </p>
      <pre>{props.text || trans.__('(none)')}</pre>
    </>
  );
}

/** Shows a fallback when its children fail to render. */
export class Fallback extends React.Component<
  { children: React.ReactNode; otherwise: React.ReactNode },
  { failed: boolean }
> {
  state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  render(): React.ReactNode {
    return this.state.failed ? this.props.otherwise : this.props.children;
  }
}
