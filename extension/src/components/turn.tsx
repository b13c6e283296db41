import type { TranslationBundle } from '@jupyterlab/translation';
import { addBelowIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Insertion } from '../open/insert';
import type { ITurn } from '../model/conversation';
import type { IAnswer } from '../net/wire';
import { quotesOf } from '../text/quotes';
import { nameOf, placeOf, waitOf } from '../text/words';
import { Question, TurnActions } from './again';
import { Attachment } from './attachments';
import { IconButton, TextButton } from './button';
import { useAnswer, useChanges, usePanel } from './context';
import { useDrawing } from './drawing';
import { NothingIndexed } from './begin';
import { Problem } from './problem';
import { Sources } from './sources';
import { Markdown } from './views';
import { Warnings } from './warnings';

/** How many passages are named while the chat model reads them. */
const PLACES_SHOWN = 6;

/** A question and its answer; rendered again only for a new turn object. */
export const Turn = React.memo(function Turn(props: {
  turn: ITurn;
  isLast: boolean;
}): JSX.Element {
  const { turn, isLast } = props;
  const { model, trans } = usePanel();
  const { drawing, followed } = useDrawing(turn.answer);
  const { answer } = turn;
  return (
    <article className="jp-LocalAI-turn">
      <Question turn={turn} />
      {turn.context && <Attachment text={turn.context} />}
      {answer?.query && (
        <p className="jp-LocalAI-note">
          {trans.__('Understood as: %1', answer.query)}
        </p>
      )}
      {turn.thinking && (
        <details className="jp-LocalAI-thinking">
          <summary>{trans.__('The chat model’s reasoning')}</summary>
          <div>{turn.thinking}</div>
        </details>
      )}
      {answer?.mode === 'none' ? (
        <p className="jp-LocalAI-none">
          {turn.text ||
            trans.__('Nothing in the documents answers this question.')}
        </p>
      ) : (
        turn.text &&
        !(answer && quotesOf(answer)) && (
          <Markdown text={turn.text} drawing={drawing} />
        )
      )}
      {turn.state === 'asking' && (
        <p className="jp-LocalAI-stage">
          {turn.text
            ? trans.__('Writing…')
            : waitOf(turn.progress ?? { stage: turn.stage }, trans)}
        </p>
      )}
      {turn.state === 'asking' && turn.passages.length > 0 && (
        <ol className="jp-LocalAI-note" aria-label={trans.__('Passages found')}>
          {turn.passages
            .slice(0, PLACES_SHOWN)
            .map(({ rank, path, anchor }) => (
              <li key={rank}>
                {[nameOf(path), placeOf(anchor, trans)]
                  .filter(Boolean)
                  .join(' · ')}
              </li>
            ))}
        </ol>
      )}
      {answer && <Warnings warnings={answer.warnings} />}
      {turn.error?.code === 'unknown_collection' ? (
        <NothingIndexed
          onAgain={isLast ? () => void model.retry() : undefined}
        />
      ) : (
        turn.error && (
          <Problem
            error={turn.error}
            action={trans.__('Ask again')}
            onAction={isLast ? () => void model.retry() : undefined}
          />
        )
      )}
      {turn.state === 'stopped' && (
        <Unfinished
          told={trans.__('Stopped.')}
          onAgain={isLast ? () => void model.retry() : undefined}
        />
      )}
      {answer?.remembered && (
        <Unfinished
          told={trans.__(
            'Remembered from %1.',
            new Date(answer.remembered).toLocaleString()
          )}
          onAgain={isLast ? () => void model.retry() : undefined}
        />
      )}
      {answer?.cut_off && isLast && (
        <Unfinished
          told={trans.__('This answer is not complete.')}
          onAgain={() =>
            void model.askAgain(model.conversation.turns.length - 1)
          }
        />
      )}
      {answer && <Sources answer={answer} followed={followed} />}
      {answer && (
        <Foot answer={answer}>
          <TurnActions turn={turn} />
        </Foot>
      )}
    </article>
  );
});

/** What there is to say of an answer that the chat model did not write to its end just now, and a way to ask it. */
function Unfinished(props: {
  told: string;
  onAgain?: () => void;
}): JSX.Element {
  const { trans } = usePanel();
  return (
    <div className="jp-LocalAI-stopped">
      <span>{props.told}</span>
      {props.onAgain && (
        <TextButton onClick={props.onAgain}>{trans.__('Ask again')}</TextButton>
      )}
    </div>
  );
}

/** Who answered, how long it took, and buttons that copy or insert the answer. */
export function Foot(props: {
  answer: IAnswer;
  children?: React.ReactNode;
}): JSX.Element {
  const { trans, actions } = useAnswer();
  const { answer } = props;
  const seconds =
    answer.seconds < 10
      ? answer.seconds.toFixed(1)
      : Math.round(answer.seconds).toString();
  return (
    <div className="jp-LocalAI-foot">
      <span className="jp-LocalAI-author">{authorOf(answer, trans)}</span>
      <span>{trans.__('%1 s', seconds)}</span>
      <span className="jp-LocalAI-tools">
        <IconButton
          icon={copyIcon}
          label={trans.__('Copy answer')}
          onClick={() => actions.copy(plainText(answer, trans))}
        />
        {actions.insertion && answer.mode !== 'none' && (
          <InsertAnswer answer={answer} insertion={actions.insertion} />
        )}
        {props.children}
      </span>
    </div>
  );
}

function InsertAnswer(props: {
  answer: IAnswer;
  insertion: Insertion;
}): JSX.Element {
  const { actions } = useAnswer();
  const { answer, insertion } = props;
  useChanges(insertion.changed);
  const { label, obstacle } = insertion.offer;
  return (
    <IconButton
      icon={addBelowIcon}
      label={label}
      disabled={obstacle}
      onClick={() => void actions.notifyOnError(() => insertion.answer(answer))}
    />
  );
}

/** The name of what wrote an answer. */
export function authorOf(answer: IAnswer, trans: TranslationBundle): string {
  return answer.mode === 'llm'
    ? (answer.model ?? trans.__('Chat model'))
    : answer.select
      ? trans.__('Worked out over a table')
      : trans.__('Extractive');
}

/** Return an answer and its sources as plain text. */
function plainText(answer: IAnswer, trans: TranslationBundle): string {
  const quotes = quotesOf(answer);
  const sources = answer.citations.map((citation, place) => {
    const { marker, path, anchor, quote } = citation;
    const where = [nameOf(path), placeOf(anchor, trans)].filter(Boolean);
    return `[${marker}] ${where.join(', ')}: “${quotes?.[place] ?? quote}”`;
  });
  const text = quotes ? '' : answer.text;
  return [text, sources.join('\n')].filter(Boolean).join('\n\n') + '\n';
}
