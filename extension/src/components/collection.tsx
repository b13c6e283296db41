import * as React from 'react';

import { LinkButton, TextButton } from './button';
import { usePanel } from './context';

/** What can be done with the collection whose documents are listed. */
export function CollectionBar(props: {
  name: string;
  /** Whether its documents are those that others publish. */
  isShared: boolean;
}): JSX.Element {
  const { trans, actions } = usePanel();
  const { name, isShared } = props;
  return (
    <div className="jp-LocalAI-collection">
      {actions.indexFolder && !isShared && (
        <TextButton onClick={() => void actions.indexFolder!()}>
          {trans.__('Add a folder…')}
        </TextButton>
      )}
      <LinkButton
        hint={trans.__('Rename the collection “%1”', name)}
        onClick={() => void actions.renameCollection(name)}
      >
        {trans.__('Rename…')}
      </LinkButton>
      <LinkButton
        hint={trans.__('Remove the collection “%1” from the index', name)}
        onClick={() => void actions.removeCollection(name)}
      >
        {trans.__('Remove collection…')}
      </LinkButton>
    </div>
  );
}
