import * as React from 'react';

import { sizeOf } from '../text/words';
import { LinkButton, TextButton } from './button';
import { useChanges, usePanel } from './context';
import { DownloadProgress } from './download';
import { Problem } from './problem';
import { Step } from './step';

/** The number of fitting chat models to offer. */
const FEW = 3;

/** Where Ollama is got; opened only by a click. */
const OLLAMA = 'https://ollama.com/download';

/** The guide's step about a chat model, which is optional. */
export function ChatModel(): JSX.Element {
  const { model, trans } = usePanel();
  useChanges(model.download.changed);
  const { setup, download } = model;
  const [wantsAnother, wantAnother] = React.useState(false);
  if (download.name) {
    return (
      <Step done={false} title={trans.__('Downloading %1', download.name)}>
        <DownloadProgress />
      </Step>
    );
  }
  if (model.isExtractive) {
    return (
      <Step done title={trans.__('Answers are quoted from your documents')}>
        <LinkButton onClick={() => model.chooseModel('')}>
          {trans.__('Use a chat model')}
        </LinkButton>
      </Step>
    );
  }
  if (setup.modelsError) {
    return <NoOllama />;
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
    >
      <LinkButton
        expanded={wantsAnother}
        onClick={() => wantAnother(!wantsAnother)}
      >
        {trans.__('Download another…')}
      </LinkButton>
      {wantsAnother && <ByName />}
    </Step>
  ) : (
    <Step done={false} title={trans.__('Download a chat model (optional)')}>
      <p>
        {trans.__(
          'A chat model puts answers into words; without one, they are sentences quoted from your documents. These fit this machine, which has %1 of memory:',
          sizeOf(Math.max(setup.models.memory_bytes, setup.models.gpu_bytes))
        )}
      </p>
      <div className="jp-LocalAI-buttons">
        {setup.models.suggestions
          .slice(0, FEW)
          .map(({ name, bytes }, number) => (
            <TextButton
              key={name}
              main={number === 0 && model.documentCount > 0}
              onClick={() => void model.pull(name)}
            >
              {trans.__('Download %1 · %2', name, sizeOf(bytes))}
            </TextButton>
          ))}
      </div>
      <ByName />
      <GoOn />
    </Step>
  );
}

function NoOllama(): JSX.Element {
  const { model, trans } = usePanel();
  const { setup } = model;
  const error = setup.modelsError!;
  const memory = setup.status?.engine?.memory_bytes;
  return (
    <Step done={false} title={trans.__('Get a chat model (optional)')}>
      <p>
        {trans.__(
          'Ollama is a free program that runs chat models on this machine. A chat model puts answers into words; without one, they are sentences quoted from your documents.'
        )}{' '}
        {memory
          ? trans.__(
              'A model takes 2 to 9 GB; this machine has %1 of memory.',
              sizeOf(memory)
            )
          : trans.__('A model takes 2 to 9 GB.')}
      </p>
      {error.code === 'ollama_unreachable' ? (
        <p>
          {trans.__('Ollama does not answer. Start it if it is installed.')}
        </p>
      ) : (
        <Problem isMild error={error} />
      )}
      <div className="jp-LocalAI-buttons">
        <a
          className="jp-LocalAI-linkButton"
          href={OLLAMA}
          target="_blank"
          rel="noreferrer"
        >
          {trans.__('Get Ollama (ollama.com)')}
        </a>
        <TextButton onClick={() => void setup.checkModels()}>
          {trans.__('Check again')}
        </TextButton>
      </div>
      <GoOn />
    </Step>
  );
}

function GoOn(): JSX.Element {
  const { model, trans } = usePanel();
  return (
    <LinkButton onClick={() => model.chooseModel(null)}>
      {trans.__('Go on without')}
    </LinkButton>
  );
}

/** Downloads any model of Ollama's library. */
function ByName(): JSX.Element {
  const { model, trans } = usePanel();
  const [name, setName] = React.useState('');
  return (
    <form
      className="jp-LocalAI-byName"
      onSubmit={event => {
        event.preventDefault();
        if (name.trim()) {
          void model.pull(name.trim());
        }
      }}
    >
      <input
        className="jp-mod-styled"
        value={name}
        placeholder={trans.__('Another, by name')}
        aria-label={trans.__('Name of a chat model in Ollama’s library')}
        spellCheck={false}
        onChange={({ target }) => setName(target.value)}
      />
      <button
        type="submit"
        className="jp-mod-styled jp-LocalAI-button"
        aria-label={trans.__('Download the chat model of this name')}
        disabled={!name.trim()}
      >
        {trans.__('Download')}
      </button>
    </form>
  );
}
