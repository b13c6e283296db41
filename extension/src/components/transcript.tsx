import * as React from 'react';

import type { Conversation } from '../model/conversation';
import { LinkButton } from './button';
import { usePanel } from './context';
import { Turn } from './turn';

/** The number of turns to render at first. */
const RECENT = 20;

/** How near to the end the view has to be to follow a growing answer, in pixels. */
const NEAR_END = 40;

/** The questions and answers of a conversation. */
export function Transcript(props: { conversation: Conversation }): JSX.Element {
  const { trans } = usePanel();
  const { turns } = props.conversation;
  const [shown, show] = React.useState(RECENT);
  const view = React.useRef<HTMLDivElement>(null);
  const follows = React.useRef(true);
  const last = turns[turns.length - 1];
  React.useLayoutEffect(() => {
    // put a new question at the top; its answer grows below it
    view.current!.lastElementChild?.scrollIntoView({ block: 'start' });
    follows.current = true;
  }, [last.key]);
  React.useLayoutEffect(() => {
    // a complete answer does not move while the user reads it
    if (last.state === 'asking' && last.text && follows.current) {
      view.current!.scrollTop = view.current!.scrollHeight;
    }
  }, [last]);
  const first = Math.max(0, turns.length - shown);
  return (
    <div
      ref={view}
      className="jp-LocalAI-transcript"
      role="region"
      aria-label={trans.__('Conversation')}
      tabIndex={0}
      onScroll={({
        currentTarget: { scrollTop, scrollHeight, clientHeight }
      }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
      }}
    >
      {first > 0 && (
        <LinkButton onClick={() => show(shown + RECENT)}>
          {trans.__('Show earlier questions (%1)', first)}
        </LinkButton>
      )}
      {turns.slice(first).map((turn, place) => (
        <Turn
          key={turn.key}
          turn={turn}
          isLast={first + place === turns.length - 1}
        />
      ))}
    </div>
  );
}
