import * as React from 'react';

import { BeginButtons, Questions } from './begin';
import { LinkButton } from './button';
import { ChatModel } from './chatModel';
import { useChanges, usePanel } from './context';
import { Problem } from './problem';
import { Step } from './step';

/** What to do before the first question: what is missing, each with the action that helps, or what may be asked. */
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
      <Questions />
      <ol>
        <Documents />
        <ChatModel />
      </ol>
    </div>
  );
}

function Documents(): JSX.Element {
  const { model, trans, actions } = usePanel();
  useChanges(model.jobs.changed);
  const count = model.documentCount;
  if (count === 0 && model.isIndexing) {
    return (
      <Step
        done={false}
        title={trans.__('Indexing into “%1”…', model.collection)}
      />
    );
  }
  if (count === 0) {
    return (
      <Step done={false} title={trans.__('Choose documents')}>
        <p>
          {trans.__(
            'Nothing is indexed in “%1” yet. You can index folders of PDF, Office and Markdown files, notebooks and code.',
            model.collection
          )}
        </p>
        <BeginButtons />
      </Step>
    );
  }
  return (
    <Step
      done
      title={trans._n(
        '%1 document in “%2”',
        '%1 documents in “%2”',
        count,
        model.collection
      )}
    >
      {actions.indexFolder && (
        <LinkButton onClick={() => void actions.indexFolder!()}>
          {trans.__('Index a folder…')}
        </LinkButton>
      )}
    </Step>
  );
}
