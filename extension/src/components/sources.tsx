import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IAnswer, ICitation, IHit } from '../wire';
import { nameOf, placeOf } from '../words';
import { LinkButton } from './button';
import { usePanel } from './context';

/** So many sources are shown before one asks for more. */
const FEW = 4;

/** The sources of an answer as cards, and all passages that were found, on demand. */
export function Sources(props: {
  answer: IAnswer;
  /** The marker that was followed last, and how often markers were followed. */
  followed: { marker: number; count: number };
}): JSX.Element | null {
  const { trans } = usePanel();
  const { answer, followed } = props;
  const [all, showAll] = React.useState(false);
  const [passages, showPassages] = React.useState(false);
  const place = answer.citations.findIndex(c => c.marker === followed.marker);
  const few = all || place >= FEW ? answer.citations.length : FEW;
  const more = answer.citations.length - few;
  if (answer.passages.length === 0) {
    return null;
  }
  return (
    <section
      className="jp-LocalAI-sources"
      aria-label={trans.__('Sources of this answer')}
    >
      {answer.citations.slice(0, few).map(citation => (
        <Source
          key={citation.marker}
          citation={citation}
          passage={passageOf(citation, answer.passages)}
          followed={citation.marker === followed.marker ? followed.count : 0}
        />
      ))}
      {more > 0 && (
        <LinkButton onClick={() => showAll(true)}>
          {trans._n('Show %1 more source', 'Show %1 more sources', more)}
        </LinkButton>
      )}
      <LinkButton expanded={passages} onClick={() => showPassages(!passages)}>
        {passages
          ? trans.__('Hide the passages')
          : trans._n(
              'Show the passage that was found',
              'Show all %1 passages that were found',
              answer.passages.length
            )}
      </LinkButton>
      {passages &&
        answer.passages.map(hit => (
          <div key={hit.rank} className="jp-LocalAI-card">
            <Head
              path={hit.path}
              name={hit.document}
              place={placeOf(hit.anchor, trans)}
            />
            <Passage text={hit.text} />
          </div>
        ))}
    </section>
  );
}

function Source(props: {
  citation: ICitation;
  passage: IHit | undefined;
  followed: number;
}): JSX.Element {
  const { trans } = usePanel();
  const { citation, passage, followed } = props;
  const [open, setOpen] = React.useState(false);
  const card = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    if (followed) {
      card.current!.focus({ preventScroll: true });
      card.current!.scrollIntoView({ block: 'nearest' });
    }
  }, [followed]);
  const place = placeOf(citation.anchor, trans);
  return (
    <div
      ref={card}
      // two classes in turn, so that the same marker flashes its source again
      className={`jp-LocalAI-card ${followed ? `jp-mod-followed-${followed % 2}` : ''}`}
      role="group"
      aria-label={labelOf(citation, place, trans)}
      tabIndex={-1}
    >
      <Head
        marker={citation.marker}
        path={citation.path}
        name={nameOf(citation.path)}
        place={place}
      />
      <blockquote className="jp-LocalAI-quote">{citation.quote}</blockquote>
      <div className="jp-LocalAI-cardFoot">
        <span
          title={trans.__(
            'How well the quote carries the sentence it stands for'
          )}
        >
          {trans.__('Support %1%', Math.round(citation.support * 100))}
        </span>
        {passage && (
          <LinkButton expanded={open} onClick={() => setOpen(!open)}>
            {open ? trans.__('Hide passage') : trans.__('Show passage')}
          </LinkButton>
        )}
      </div>
      {open && passage && (
        <Passage
          text={passage.text}
          from={citation.start - passage.start}
          to={citation.end - passage.start}
        />
      )}
    </div>
  );
}

function Head(props: {
  marker?: number;
  path: string;
  name: string;
  place: string;
}): JSX.Element {
  return (
    <div className="jp-LocalAI-cardHead" title={props.path}>
      {props.marker !== undefined && (
        <span className="jp-LocalAI-number">{props.marker}</span>
      )}
      <span className="jp-LocalAI-file">{props.name}</span>
      {props.place && <span className="jp-LocalAI-place">{props.place}</span>}
    </div>
  );
}

/** A passage as plain text, with a stretch of it marked; offsets count characters, not code units. */
function Passage(props: {
  text: string;
  from?: number;
  to?: number;
}): JSX.Element {
  const { text, from = 0, to = 0 } = props;
  const letters = Array.from(text);
  const part = (start: number, end?: number): string =>
    letters.slice(start, end).join('');
  return (
    <div className="jp-LocalAI-passage" tabIndex={0}>
      {0 <= from && from < to && to <= letters.length ? (
        <>
          {part(0, from)}
          <mark>{part(from, to)}</mark>
          {part(to)}
        </>
      ) : (
        text
      )}
    </div>
  );
}

function passageOf(
  citation: ICitation,
  passages: readonly IHit[]
): IHit | undefined {
  return passages.find(
    hit =>
      hit.path === citation.path &&
      hit.start <= citation.start &&
      citation.end <= hit.end
  );
}

function labelOf(
  citation: ICitation,
  place: string,
  trans: TranslationBundle
): string {
  const name = nameOf(citation.path);
  return place
    ? trans.__('Source %1: %2, %3', citation.marker, name, place)
    : trans.__('Source %1: %2', citation.marker, name);
}
