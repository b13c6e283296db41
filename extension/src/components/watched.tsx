import * as React from 'react';

import { asError } from '../model/errors';
import type { IError, IStatus } from '../net/wire';
import { useChanges, usePanel } from './context';
import { Problem } from './problem';

/** What was chosen, until the server's next status. */
interface IWanted {
  on: boolean;
  status: IStatus | null;
}

/** The switch by which a collection follows its folders, and what is to be said of that. */
export function Watched({ collection }: { collection: string }): JSX.Element {
  const { model, trans } = usePanel();
  const { setup } = model;
  useChanges(setup.changed);
  const [wanted, setWanted] = React.useState<IWanted | null>(null);
  const [error, setError] = React.useState<IError | null>(null);
  const watch = setup.status?.engine?.watching?.find(
    watch => watch.collection === collection
  );
  const change = async (on: boolean): Promise<void> => {
    setWanted({ on, status: setup.status });
    setError(null);
    try {
      await model.server.watch(collection, on);
    } catch (error) {
      setWanted(null);
      setError(asError(error));
    }
  };
  return (
    <div className="jp-LocalAI-watched">
      <label>
        <input
          type="checkbox"
          checked={
            wanted?.status === setup.status ? wanted.on : watch !== undefined
          }
          onChange={event => void change(event.target.checked)}
        />
        {trans.__('Follow changes in these folders')}
      </label>
      {watch?.how === 'polling' && (
        <p className="jp-LocalAI-note">
          {trans.__('Looks every %1 s.', Math.round(watch.seconds))}
        </p>
      )}
      {watch?.message && (
        <p className="jp-LocalAI-note">
          {watch.message} {watch.remedy}
        </p>
      )}
      {error && <Problem error={error} />}
    </div>
  );
}
