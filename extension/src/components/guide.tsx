import * as React from 'react';

import { sizeOf } from '../text/words';
import { TextButton } from './button';
import { useChanges, usePanel } from './context';
import { DownloadProgress } from './download';
import { Problem } from './problem';

/** The number of fitting chat models to offer. */
const FEW = 3;

/** Steps before the first question: what is missing, each with the action that helps. */
export function Guide(): JSX.Element {
  const { model, trans } = usePanel();
  const { setup } = model;
  if (setup.error) {
    return (
      <div className="jp-LocalAI-guide">
        <Problem
          error={setup.error}
          action={trans.__('Check again')}
          onAction={() => void setup.check()}
        />
      </div>
    );
  }
  if (!setup.status) {
    return (
      <div className="jp-LocalAI-guide">
        <p className="jp-LocalAI-stage">{trans.__('Starting the engine…')}</p>
      </div>
    );
  }
  return (
    <div className="jp-LocalAI-guide">
      <h2>{trans.__('Ask your documents')}</h2>
      <p>
        {trans.__(
          'Questions are answered from your own files, with sources. Nothing leaves this machine.'
        )}
      </p>
      <ol>
        <Documents />
        <ChatModel />
      </ol>
    </div>
  );
}

function Step(props: {
  done: boolean;
  title: string;
  children?: React.ReactNode;
}): JSX.Element {
  return (
    <li className={props.done ? 'jp-mod-done' : ''}>
      <h3>{props.title}</h3>
      {props.children}
    </li>
  );
}

function Documents(): JSX.Element {
  const { model, trans, actions } = usePanel();
  const found = model.setup.status!.collections.find(
    ({ name }) => name === model.collection
  );
  const count = found?.documents ?? 0;
  return count > 0 ? (
    <Step
      done
      title={trans._n(
        '%1 document in “%2”',
        '%1 documents in “%2”',
        count,
        model.collection
      )}
    />
  ) : (
    <Step done={false} title={trans.__('Choose documents')}>
      <p>
        {trans.__(
          'Nothing is indexed in “%1” yet. You can index folders of PDF, Office and Markdown files, notebooks and code.',
          model.collection
        )}
      </p>
      {actions.indexFolder && (
        <TextButton main onClick={() => void actions.indexFolder!()}>
          {trans.__('Index a folder…')}
        </TextButton>
      )}
    </Step>
  );
}

function ChatModel(): JSX.Element {
  const { model, trans } = usePanel();
  useChanges(model.download.changed);
  const { setup, download } = model;
  if (download.name) {
    return (
      <Step done={false} title={trans.__('Downloading %1', download.name)}>
        <DownloadProgress />
      </Step>
    );
  }
  if (setup.modelsError) {
    return (
      <Step done={false} title={trans.__('Start Ollama (optional)')}>
        <p>
          {trans.__(
            'Without a chat model, answers are sentences quoted from your documents.'
          )}
        </p>
        <Problem
          isMild
          error={setup.modelsError}
          action={trans.__('Check again')}
          onAction={() => void setup.checkModels()}
        />
      </Step>
    );
  }
  if (!setup.models) {
    return <Step done={false} title={trans.__('Looking for a chat model…')} />;
  }
  const count = setup.chatModels.length;
  return count > 0 ? (
    <Step
      done
      title={trans._n(
        '%1 chat model on this machine',
        '%1 chat models on this machine',
        count
      )}
    />
  ) : (
    <Step done={false} title={trans.__('Download a chat model (optional)')}>
      <p>
        {trans.__(
          'Ollama has no chat model yet. Without one, answers are sentences quoted from your documents. Download one that fits this machine:'
        )}
      </p>
      <div className="jp-LocalAI-buttons">
        {setup.models.suggestions.slice(0, FEW).map(({ name, bytes }) => (
          <TextButton
            key={name}
            label={trans.__('Download %1 (%2)', name, sizeOf(bytes))}
            onClick={() => void model.pull(name)}
          >
            {name} · {sizeOf(bytes)}
          </TextButton>
        ))}
      </div>
    </Step>
  );
}
