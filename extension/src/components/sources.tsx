import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IAnswer, ICitation, IHit } from '../net/wire';
import { quotesOf } from '../text/quotes';
import { nameOf, placeOf, supportOf } from '../text/words';
import { LinkButton } from './button';
import { useAnswer } from './context';
import type { IFollowedMarker } from './drawing';
import type { IOpening } from './opening';
import { OpenResult, useOpening } from './opening';
import { Highlight, passageOf, textOf } from './passage';
import type { IPreview } from './preview';
import { WithPreview } from './preview';

/** The number of sources to show at first. */
const FEW = 4;

/** The sources of an answer as cards, and all its passages on demand. */
export function Sources(props: {
  answer: IAnswer;
  followed: IFollowedMarker;
}): JSX.Element | null {
  const { trans } = useAnswer();
  const { answer, followed } = props;
  const [all, showAll] = React.useState(false);
  const [passages, showPassages] = React.useState(false);
  const quotes = quotesOf(answer);
  const place = answer.citations.findIndex(c => c.marker === followed.marker);
  const few = all || quotes || place >= FEW ? answer.citations.length : FEW;
  const more = answer.citations.length - few;
  if (answer.passages.length === 0 && answer.citations.length === 0) {
    return null;
  }
  return (
    <section
      className="jp-LocalAI-sources"
      aria-label={trans.__('Sources of this answer')}
    >
      {answer.citations.slice(0, few).map((citation, number) => (
        <Source
          key={number}
          citation={citation}
          said={quotes?.[number] ?? citation.quote}
          passage={passageOf(citation, answer.passages)}
          followed={citation.marker === followed.marker ? followed.count : 0}
        />
      ))}
      {more > 0 && (
        <LinkButton onClick={() => showAll(true)}>
          {trans._n('Show %1 more source', 'Show %1 more sources', more)}
        </LinkButton>
      )}
      {answer.passages.length > 0 && (
        <LinkButton expanded={passages} onClick={() => showPassages(!passages)}>
          {passages
            ? trans.__('Hide the passages')
            : trans._n(
                'Show the passage found',
                'Show all %1 passages found',
                answer.passages.length
              )}
        </LinkButton>
      )}
      {passages &&
        answer.passages.map((hit, number) => (
          <Passage key={number} hit={hit} />
        ))}
    </section>
  );
}

function Source(props: {
  citation: ICitation;
  said: string;
  passage: IHit | undefined;
  followed: number;
}): JSX.Element {
  const { trans } = useAnswer();
  const { citation, said, passage, followed } = props;
  const [expanded, expand] = React.useState(false);
  const card = React.useRef<HTMLDivElement>(null);
  const opening = useOpening(citation, () => expand(true));
  const { open, opened } = opening;
  const latest = React.useRef(open);
  React.useEffect(() => {
    latest.current = open;
  });
  React.useEffect(() => {
    if (followed) {
      latest.current(); // once each time the marker is followed
    }
  }, [followed]);
  React.useEffect(() => {
    // the result is shown here, wherever the citation was followed
    if (opened?.message) {
      card.current!.scrollIntoView({ block: 'nearest' });
    }
    if (opened && !opened.shown) {
      card.current!.focus({ preventScroll: true });
    }
  }, [opened]);
  const place = placeOf(citation.anchor, trans);
  const support = supportOf(citation.support, trans);
  return (
    <div
      ref={card}
      // alternating classes make the same source flash again
      className={`jp-LocalAI-card ${followed ? `jp-mod-followed-${followed % 2}` : ''}`}
      role="group"
      aria-label={labelOf(citation, place, trans)}
      tabIndex={-1}
    >
      <Head
        previewed={{ cited: citation, passage, marker: citation.marker }}
        name={nameOf(citation.path)}
        place={place}
        opening={opening}
      />
      {said && (
        <blockquote className="jp-LocalAI-quote" dir="auto">
          {said}
        </blockquote>
      )}
      <OpenResult opening={opening} />
      <div className="jp-LocalAI-cardFoot">
        <span
          className={`jp-LocalAI-support jp-mod-${support.degree}`}
          title={trans.__(
            'How well the quote supports the sentence that cites it: %1 of 1',
            citation.support.toFixed(2)
          )}
        >
          {support.said}
        </span>
        {passage?.text && (
          <LinkButton expanded={expanded} onClick={() => expand(!expanded)}>
            {expanded ? trans.__('Hide passage') : trans.__('Show passage')}
          </LinkButton>
        )}
      </div>
      {expanded && passage?.text && (
        <div className="jp-LocalAI-passage" tabIndex={0} dir="auto">
          <Highlight
            text={textOf(passage)}
            from={citation.start - passage.start}
            to={citation.end - passage.start}
          />
        </div>
      )}
    </div>
  );
}

/** A passage found for the question. */
function Passage(props: { hit: IHit }): JSX.Element {
  const { trans } = useAnswer();
  const { hit } = props;
  const cited = React.useMemo(() => ({ ...hit, quote: hit.text }), [hit]);
  const opening = useOpening(cited);
  return (
    <div className="jp-LocalAI-card">
      <Head
        previewed={{ cited, passage: hit }}
        name={hit.document}
        place={placeOf(hit.anchor, trans)}
        opening={opening}
      />
      <OpenResult opening={opening} />
      {hit.text && (
        <div className="jp-LocalAI-passage" tabIndex={0} dir="auto">
          {textOf(hit)}
        </div>
      )}
    </div>
  );
}

/** A button with the document and place that opens it. */
function Head(props: {
  previewed: IPreview;
  name: string;
  place: string;
  opening: IOpening;
}): JSX.Element {
  const { trans } = useAnswer();
  const { previewed, name, place, opening } = props;
  const { marker } = previewed;
  return (
    <WithPreview previewed={previewed}>
      {describedBy => (
        <button
          type="button"
          className="jp-LocalAI-cardHead jp-LocalAI-open"
          aria-label={
            place
              ? trans.__('Open %1, %2', name, place)
              : trans.__('Open %1', name)
          }
          aria-busy={opening.isBusy}
          onClick={opening.open}
          aria-describedby={describedBy}
        >
          {marker !== undefined && (
            <span className="jp-LocalAI-number">{marker}</span>
          )}
          <span className="jp-LocalAI-file">{name}</span>
          {place && <span className="jp-LocalAI-place">{place}</span>}
        </button>
      )}
    </WithPreview>
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
