import * as React from 'react';

import { useChanges, usePanel } from './context';

const LIST = 'jp-LocalAI-mentions';

/** The attributes by which a screen reader follows the list of names from the question's field. */
export function useMentionAttributes(): React.AriaAttributes {
  const { mentions } = usePanel().model;
  useChanges(mentions.changed);
  return mentions.names.length
    ? {
        'aria-autocomplete': 'list',
        'aria-controls': LIST,
        'aria-activedescendant': `${LIST}-${mentions.active}`
      }
    : { 'aria-autocomplete': 'list' };
}

/** The names of documents that what is typed after `@` may become. */
export function MentionList(props: {
  onTake: (position: number) => void;
}): JSX.Element | null {
  const { model, trans } = usePanel();
  const { mentions } = model;
  useChanges(mentions.changed);
  return mentions.names.length ? (
    <ul
      id={LIST}
      className="jp-LocalAI-mentions"
      role="listbox"
      aria-label={trans.__('Documents')}
    >
      {mentions.names.map((name, position) => (
        <li
          key={name}
          id={`${LIST}-${position}`}
          role="option"
          aria-selected={position === mentions.active}
          // the field keeps the focus
          onMouseDown={event => {
            event.preventDefault();
            props.onTake(position);
          }}
        >
          {name}
        </li>
      ))}
    </ul>
  ) : null;
}
