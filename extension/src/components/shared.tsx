import { Time } from '@jupyterlab/coreutils';
import * as React from 'react';

import { asError } from '../model/errors';
import type { IError } from '../net/wire';
import { attachedOf } from '../text/attachedTo';
import { LinkButton } from './button';
import { useChanges, usePanel } from './context';
import { Problem } from './problem';

/** What an attached collection follows, and the button that brings it up to date. */
export function Shared({ collection }: { collection: string }): JSX.Element {
  const { model, trans } = usePanel();
  useChanges(model.setup.changed);
  const [isBusy, setBusy] = React.useState(false);
  const [error, setError] = React.useState<IError | null>(null);
  const shared = model.setup.sharedOf(collection)!;
  const sync = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await model.server.sync(collection);
      await model.setup.checkDocuments();
    } catch (error) {
      setError(asError(error));
    }
    setBusy(false);
  };
  return (
    <div className="jp-LocalAI-watched">
      <p title={shared.address}>
        {attachedOf(shared, trans)}
        {shared.synced > 0 &&
          ` · ${trans.__('synced %1', Time.formatHuman(new Date(shared.synced * 1000)))}`}
      </p>
      {shared.message && (
        <p className="jp-LocalAI-note">
          {shared.message} {shared.remedy}
        </p>
      )}
      {isBusy ? (
        <p className="jp-LocalAI-note">{trans.__('Syncing…')}</p>
      ) : (
        <LinkButton
          hint={trans.__('Bring “%1” up to date with the server', collection)}
          onClick={() => void sync()}
        >
          {trans.__('Sync')}
        </LinkButton>
      )}
      {error && <Problem error={error} />}
    </div>
  );
}
